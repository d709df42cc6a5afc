from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from assignments import models
from assignments.admin import base, trying
from assignments.admin.exchange.pages import ExchangeMixin
from assignments.admin.people import MembershipInline, MembershipReview
from assignments.services.decisions import catching_up
from assignments.services.files.tables import districts, rules, systems
from assignments.services.following import leasing, rereading
from assignments.services.reconciling import comparing, repairing
from assignments.services.records import refusals
from assignments.services.writebacks import retrying

_CLASSES = [(one.name, one.label) for one in models.WorkOrder.Priority]


class KindPrioritiesWidget(forms.MultiWidget):
    """One choice for each kind of work."""

    def __init__(self) -> None:
        super().__init__(
            [
                forms.Select(
                    attrs={"aria-label": f"Priority of {kind.label.lower()} work"},
                    choices=[
                        ("", f"{kind.label}: as the order says"),
                        *((one.name, f"{kind.label}: {one.label.lower()}") for one in models.WorkOrder.Priority),
                    ],
                )
                for kind in models.WorkOrder.Kind
            ]
        )

    def decompress(self, value: Any) -> list[str]:
        given = json.loads(value) if isinstance(value, str) else value or {}
        return [given.get(kind, "") for kind in models.WorkOrder.Kind]


class KindPriorities(forms.MultiValueField):
    """Names of priority classes by kind of work, without the kinds that keep their orders' own."""

    widget = KindPrioritiesWidget

    def __init__(self) -> None:
        kinds = [forms.ChoiceField(choices=_CLASSES, required=False) for _ in models.WorkOrder.Kind]
        super().__init__(
            kinds, required=False, require_all_fields=False, label="Priority by kind",
            help_text=models.RuleSet._meta.get_field("kind_priorities").help_text,
        )  # fmt: skip

    def compress(self, data_list: list[str]) -> dict[str, str]:
        return {str(kind): name for kind, name in zip(models.WorkOrder.Kind, data_list, strict=False) if name}


class RuleSetForm(base.ModelForm):
    kind_priorities = KindPriorities()
    two_person_exempt_kinds = forms.MultipleChoiceField(
        choices=models.WorkOrder.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class BreakInline(base.SetUpInline):
    model = models.RuleSetBreak


@admin.register(models.RuleSet)
class RuleSetAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [rules.RuleSetResource]
    form = RuleSetForm
    inlines = (BreakInline,)
    list_display = ("name", "storm", "max_work_hours_in_24", "min_rest_hours", "two_person_volts", "horizon_hours")
    list_filter = ("storm",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "storm")}),
        ("Rest", {"fields": ("max_work_hours_in_24", "min_rest_hours", "rest_agreement", "rest_authority",
                             "rest_override_for_any_work", "max_overtime_minutes",
                             "longest_part_minutes")}),
        ("Two people", {"fields": ("two_person_volts", "two_person_qualification", "two_person_exempt_kinds")}),
        ("Priorities", {"fields": ("kind_priorities", "emergency_customers", "urgent_customers")}),
        ("Restoration", {"fields": ("etr_margin_minutes",)}),
        ("Planning", {"fields": ("horizon_hours", "weights", "strict_emergencies", "speed_kmh", "circuity")}),
    )  # fmt: skip


@admin.register(models.State)
class StateAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [districts.StateResource]
    list_display = ("code", "name", "ticket_life", "ticket_life_in", "begin_within", "begin_within_in")
    search_fields = ("code", "name")


@admin.register(models.Storm)
class StormAdmin(base.MachineAdmin):
    list_display = ("district", "declared_at", "declared_by", "reason", "ended_at", "ended_by", "ending_reason")
    list_filter = ("district",)
    list_select_related = ("district", "declared_by", "ended_by")
    search_fields = ("district__code", "reason", "ending_reason")
    date_hierarchy = "declared_at"


@admin.register(models.District)
class DistrictAdmin(ExchangeMixin, MembershipReview, base.FollowedAdmin):
    resource_classes = [districts.DistrictResource]
    list_display = ("code", "name", "time_zone", "service_centre", "state", "rule_set", "storm_rule_set", "storm")
    list_filter = ("rule_set", "state", "time_zone")
    list_select_related = ("rule_set", "storm_rule_set", "state", "storm__district")
    readonly_fields = ("storm",)
    search_fields = ("code", "name", "service_centre")
    autocomplete_fields = ("rule_set", "storm_rule_set", "state")
    inlines = (MembershipInline,)


class FollowedSourceInline(base.MachineInline):
    model = models.FollowedSource
    fields = ("read_at", "due_at", "failed_at", "detail", "records", "missing", "lease_owner")
    readonly_fields = fields
    verbose_name_plural = "How it is followed"


class ReadingMarkInline(base.MachineInline):
    model = models.ReadingMark
    fields = ("resource", "scope", "read_at", "epoch", "mark")
    readonly_fields = fields


@admin.register(models.DownstreamSystem)
class DownstreamSystemAdmin(ExchangeMixin, trying.TryingMixin, base.SetUpAdmin):
    resource_classes = [systems.DownstreamSystemResource]
    form = trying.SystemForm
    list_display = ("code", "name", "kind", "base_url", "enabled", "is_source", "is_target", "last_gathered_at")
    list_filter = ("kind", "enabled", "is_source", "is_target")
    search_fields = ("code", "name", "base_url")
    readonly_fields = (
        "told_from", "is_away", "away_since", "away_because", "is_away_told", "failures", "resumes_at",
        "last_gathered_at",
    )  # fmt: skip
    filter_horizontal = ("hears_of", "understands")
    inlines = (FollowedSourceInline, ReadingMarkInline)
    actions = ("read_again", "close_missing", "start_from_now", "retry_all", "compare_books", "repair_books")
    fieldsets = (
        (
            None,
            {"fields": ("code", "name", "kind", "base_url", "secret_env", "signing_env", "timeout_seconds", "enabled")},
        ),
        ("How it speaks", {"fields": ("adapter", "manifest", "manifest_file")}),
        ("The way there", {"fields": ("ca_file", ("client_certificate", "client_key"), "proxy")}),
        ("Read from it", {"fields": ("is_source", "read_every_seconds", "answers_for", "lists", "last_gathered_at")}),
        (
            "Tell it decisions",
            {"fields": ("is_target", "takes_pins", "takes_etr", "hears", "hears_of", "understands", "told_from")},
        ),
        (
            "Whether it takes them",
            {"fields": ("is_away", "away_since", "away_because", "is_away_told", "failures", "resumes_at")},
        ),
    )

    def save_model(self, request: HttpRequest, obj: models.DownstreamSystem, form: Any, change: bool) -> None:
        before = models.DownstreamSystem.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if before is not None and (before.adapter, before.manifest or {}) != (obj.adapter, obj.manifest or {}):
            rereading.settings_changed(system=obj, before=before, by=request.user, now=timezone.now())
        # Another interval counts from now on, and not after the one before is over.
        leasing.ask(now=timezone.now(), systems=[obj.pk])

    @admin.action(description="Start from now: tell no decision made before", permissions=["change"])
    def start_from_now(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        for system in queryset.order_by("pk"):
            left_out = catching_up.start_from_now(target=system, by=request.user, now=timezone.now())
            self.message_user(request, f"{system} is told decisions from now on. Left out: {left_out}.")

    @admin.action(description="Read everything again, whatever versions are stored", permissions=["change"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        self._reread(request, queryset, rereading.read_again, "A worker reads everything of {} again.")

    @admin.action(description="End what their lists no longer have", permissions=["change"])
    def close_missing(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        self._reread(request, queryset, rereading.close_missing, "A worker ends what the list of {} no longer has.")

    def _reread(
        self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem], act: Callable[..., None], done: str
    ) -> None:
        for system in queryset.order_by("pk"):
            try:
                act(system=system, by=request.user, now=timezone.now())
            except refusals.Refusal as refusal:
                self.message_user(request, refusal.sentence, messages.WARNING)
            else:
                self.message_user(request, done.format(system))

    @admin.action(description="Compare their books with what they were told", permissions=["change"])
    def compare_books(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        for system in queryset.order_by("pk"):
            try:
                comparing.ask_for(target=system, by=request.user, now=timezone.now())
            except comparing.NotATarget as refusal:
                self.message_user(request, refusal.sentence, messages.WARNING)
            else:
                self.message_user(request, f"A worker compares the book of {system}: see Book comparisons.")

    @admin.action(description="Repair their books after the last comparison", permissions=["change"])
    def repair_books(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        done = models.BookComparison.Status.DONE
        for one in models.BookComparison.objects.filter(target__in=queryset, status=done).select_related("target"):
            number = repairing.ask_all(comparison=one, by=request.user, now=timezone.now())
            self.message_user(request, f"Told again to {one.target}, by a worker: {number}.")

    @admin.action(description="Retry all that needs a person, of all districts", permissions=["change"])
    def retry_all(self, request: HttpRequest, queryset: QuerySet[models.DownstreamSystem]) -> None:
        for system in queryset.order_by("pk"):
            try:
                outcome = retrying.retry_target(target=system, by=request.user, now=timezone.now())
            except retrying.TargetDisabled as refusal:
                self.message_user(request, refusal.sentence, messages.WARNING)
            else:
                more = f" The oldest {retrying.MOST}: repeat it." if len(outcome.done) == retrying.MOST else ""
                self.message_user(request, f"Sent again to {system}: {len(outcome.done)}.{more}")
