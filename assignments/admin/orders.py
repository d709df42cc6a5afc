from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from assignments import models
from assignments.admin import base
from assignments.admin.exchange.pages import ExchangeMixin
from assignments.engine.domain.rings import told
from assignments.models import districts
from assignments.presenters.review import parts
from assignments.queries import longest_shift, rings
from assignments.services.files import cells
from assignments.services.files.tables import orders
from assignments.services.inputs import statuses

_LOOKED_AT, _WARNED = 100, 3
"""Orders, the longest first, that are looked at, and those that are named because no shift has time for them."""


class StatusForm(base.ModelForm):
    """Moves a status only along the state machine."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        statuses.remember(self.instance, new=self.instance.pk is None)

    def _post_clean(self) -> None:  # the step in which Django validates the instance
        super()._post_clean()  # type: ignore[misc]  # the stubs hide it
        try:
            statuses.require_legal_move(self.instance)
        except forms.ValidationError as error:
            self.add_error("status", error)


class CodesField(forms.CharField):
    """Codes separated by semicolons, kept as a list; one in lower case stands in quotes."""

    def prepare_value(self, value: Any) -> Any:
        return cells.join_codes(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return cells.split_codes(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class OrderForm(StatusForm):
    equipment = CodesField(
        required=False, help_text="Codes of the equipment that the crew must bring, separated by semicolons."
    )
    required_permits = forms.MultipleChoiceField(
        choices=models.Permit.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_prerequisites(self) -> Any:
        """The chosen orders. Raises ValidationError where the order would wait for itself through them."""
        chosen = self.cleaned_data["prerequisites"]
        if self.instance.pk and (ring := rings.Waiting().ring_with(self.instance, chosen)):
            raise forms.ValidationError(f"{told(ring)}: none of them could be first.")
        return chosen


class OrderPartForm(base.ModelForm):
    equipment = CodesField(required=False, help_text="Codes of the equipment that this crew must bring.")


class OrderPartInline(base.SetUpInline):
    """Each further crew that the order needs beside its lead crew; what it must hold stands among the needs."""

    model = models.OrderPart
    said_as = "further_crews"
    form = OrderPartForm


class OrderNeedInline(base.SetUpInline):
    model = models.OrderNeed
    said_as = "needs"
    fields = ("part", "qualification", "level", "people")
    autocomplete_fields = ("qualification",)


class PermitInline(base.SetUpInline):
    model = models.Permit
    form = StatusForm
    fields = ("kind", "number", "status", "authority", "valid_from", "valid_until")


def _too_long(orders: Any) -> Iterator[str]:
    """Names work that no shift has time for and that is not cut: it is kept, but nobody can do it as it is."""
    rows = orders.assignable().filter(duration_minutes__gt=longest_shift.DRIVING)
    found = list(
        rows.select_related(*districts.with_rules("district")).order_by("-duration_minutes", "pk")[:_LOOKED_AT]
    )
    shifts = longest_shift.longest_shifts({order.district_id for order in found}, timezone.now()) if found else {}
    longest_shift.with_breaks(found)
    told = [(order, parts.too_long(order, shifts.get(order.district_id))) for order in found]
    for order, what in [(order, what) for order, what in told if what][:_WARNED]:
        yield f"{order.number}: {what.sentence} {what.next_step}"


@admin.register(models.WorkOrder)
class WorkOrderAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [orders.WorkOrderResource]
    form = OrderForm
    list_display = ("number", "title", "district", "kind", "priority", "status", "customers_out", "due_at", "source")
    list_filter = ("district", "status", "priority", "kind", "energised", "materials_ready")
    list_select_related = ("district", "source")
    search_fields = ("number", "title", "address", "feeder", "substation", "source_reference")
    autocomplete_fields = ("district", "prerequisites")
    readonly_fields = (
        *base.SOURCED_FIELDS, "created_at", "version", "kept_whole_at", "part_of", "part", "parts_in_all",
    )  # fmt: skip
    date_hierarchy = "due_at"
    inlines = (OrderNeedInline, OrderPartInline, PermitInline)
    fieldsets = (
        (None, {"fields": ("number", "district", "kind", "priority", "status", "title", "description")}),
        ("Place", {"fields": ("latitude", "longitude", "address", "feeder", "substation")}),
        ("Electrical", {"fields": ("voltage", "energised", "customers_out")}),
        ("Time", {"fields": (
            "duration_minutes", "earliest_start", "due_at", ("appointment_starts_at", "appointment_ends_at"),
        )}),
        ("Needs", {"fields": (
            "crew_size", "equipment", "required_permits", "materials_ready", "materials_expected_at", "prerequisites",
        )}),
        ("Parts", {"fields": (
            "splitting", "least_part_minutes", "set_up_minutes", "parts_done", "kept_whole_at", "part_of", "part",
            "parts_in_all",
        )}),
        ("Origin", {"fields": (*base.SOURCED_FIELDS, "created_at", "version")}),
    )  # fmt: skip

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The orders that a file can bring back: their parts are made anew."""
        return super().get_export_queryset(request).filter(part=0)

    def has_change_permission(self, request: HttpRequest, obj: models.WorkOrder | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.part)

    def has_delete_permission(self, request: HttpRequest, obj: models.WorkOrder | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.part)

    def save_model(self, request: HttpRequest, obj: models.WorkOrder, form: base.ModelForm, change: bool) -> None:
        obj.version += 1 if change else 0
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: base.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._warn_of_what_is_too_long(request, [form.instance.pk])

    def import_warnings(self, file: models.FileImport) -> list[str]:
        written = file.staged.filter(outcome__in=models.StagedRow.WRITES)
        return list(_too_long(models.WorkOrder.objects.filter(pk__in=written.values("object_id"))))

    def _warn_of_what_is_too_long(self, request: HttpRequest, order_ids: Sequence[int]) -> None:
        for sentence in _too_long(models.WorkOrder.objects.filter(pk__in=order_ids)):
            messages.warning(request, sentence)


@admin.register(models.Permit)
class PermitAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [orders.PermitResource]
    form = StatusForm
    list_display = ("number", "kind", "status", "order", "authority", "valid_from", "valid_until", "source")
    list_filter = ("kind", "status", "order__district")
    list_select_related = ("order", "source")
    search_fields = ("number", "authority", "order__number", "source_reference")
    autocomplete_fields = ("order",)
    readonly_fields = base.SOURCED_FIELDS
    date_hierarchy = "valid_until"
