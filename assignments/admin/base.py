"""Shared behaviour of every page of the administration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, JSONField, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from assignments.admin import opened, rights, sourced, typed
from assignments.downstream import storable
from assignments.queries import searching
from assignments.services.inputs import consequences, entries, touching
from assignments.services.records import auditing, refusals
from assignments.services.upserting import owned

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    ModelForm = forms.ModelForm[Any]
else:
    # Generic for the type checker only.
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    ModelForm = forms.ModelForm

SOURCED_FIELDS = ("source", "source_reference", "source_version", "synced_at", "updated_at")


class KnownTimes:
    """Times that every page can show, in every zone, are the only ones that a form takes; JSON must be storable."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, JSONField):
            options = {"form_class": typed.TypedJSONField} | options
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if field is not None and isinstance(db_field, DateTimeField):
            field.validators = [*field.validators, _is_storable]
        return field


def _is_storable(value: datetime) -> None:
    if not storable.FIRST <= value < storable.LAST:
        raise ValidationError("Give a time of the years 1970 to 2199, or leave it empty for none.")


class SetUpInline(KnownTimes, TabularInline):
    """Rows on the page of another; those that somebody else changed while the page was open are not saved over.

    `said_as` is the field by which the source of the other says them all: then they are to look at, until that is taken
    over.
    """

    extra = 0
    said_as = ""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not self._is_closed(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self._is_closed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self._is_closed(obj)

    def _is_closed(self, obj: Any) -> bool:
        return isinstance(obj, Model) and self.said_as in owned.closed(obj)

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return super().get_formset(request, obj, **{"form": opened.guarded(self.form)} | options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)
        return opened.with_marks(found) if self.has_change_permission(request, obj) else found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return opened.locked(rows) if request.method == "POST" else rows


class BoundedSearch(ModelAdmin):
    """Searches for a few words, whatever is typed."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return super().get_search_results(request, queryset, searching.bounded(search_term))


class AuditedAdmin(KnownTimes, BoundedSearch):
    """A table whose changes by hand are on the record, row by row, those of the rows on the same page among them.

    Django saves a form with its inlines in one transaction; the entries belong to it. A form that was opened before
    somebody else changed its row is refused.
    """

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            options = {"form": sourced.form_for(self.form, obj)} | options
        # By name: the form of users takes it no other way.
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return found
        return sourced.with_choice(opened.with_marks(found), obj)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if request.method != "POST" or found is None:
            return found
        opened.lock(found)
        # As it is now that nobody else can change it.
        return super().get_object(request, object_id, from_field)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        # Before they are deleted: afterwards they have no id.
        for deleted in formset.deleted_forms:
            if deleted.instance.pk:
                audit(deleted.instance, "deleted", request)
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            audit(row, "added", request)
        initial = {one.instance.pk: one.initial for one in formset.initial_forms}
        for row, fields in formset.changed_objects:
            audit(row, "changed", request, fields=fields, initial=initial.get(row.pk))

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        verb, initial = ("changed", form.initial) if change else ("added", None)
        audit(form.instance, verb, request, fields=_changed_fields(form, formsets), initial=initial)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            audit(obj, "deleted", request)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                audit(row, "deleted", request)
            super().delete_queryset(request, queryset)


class SetUpAdmin(AuditedAdmin):
    """A table that administrators keep; counting all rows only for the sake of a headline is left out."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER


class FollowedAdmin(SetUpAdmin):
    """A table that rules read: a change by hand has the consequences that the same change has when it is gathered.

    They belong to the transaction of the change.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        before = touching.touched_by(self.get_queryset(request).get(pk=obj.pk)) if change else touching.Touched()
        super().save_model(request, obj, form, change)
        # The rows that it rested on before, such as the crew that a shift was taken from.
        follow(before, request, obj)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        follow(touching.touched_by(form.instance), request, form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            before, name = touching.touched_by(obj), str(obj)
            super().delete_model(request, obj)
            follow(before, request, name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            before = touching.touched_by_all(queryset)
            super().delete_queryset(request, queryset)
            follow(before, request, queryset.model._meta.verbose_name_plural)


class MachineAdmin(BoundedSearch):
    """A table whose rows are made by services only: to look at, not to touch."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MachineInline(TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def follow(touched: touching.Touched, request: HttpRequest, what: object) -> None:
    if touched:
        consequences.follow(
            order_ids=touched.order_ids,
            crew_ids=touched.crew_ids,
            now=timezone.now(),
            cause=f"{refusals.person(request.user)} changed {what} in the administration",
        )


def audit(
    row: Model, verb: str, request: HttpRequest, *, fields: Sequence[str] = (), goes_with: Model | None = None,
    initial: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Writes the entry. `goes_with` is the row with which this one is deleted, and to which no entry may point.

    `initial` is what the form showed: of rights and roles the entry keeps that, and their person is told.
    """
    now = timezone.now()
    before = rights.before(row, fields, initial)
    made = entries.entry(row, verb, by=request.user, now=now, fields=fields, before=before)
    if made.district == goes_with:
        made.district = None
    auditing.record_all([made])
    rights.tell(row, verb, fields=fields, by=request.user, now=now)


def _changed_fields(form: ModelForm, formsets: Any) -> list[str]:
    inlines = [formset.model._meta.verbose_name_plural for formset in formsets if formset.has_changed()]
    return [*form.changed_data, *(str(name) for name in inlines)]
