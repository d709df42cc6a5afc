from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from assignments import models
from assignments.admin import base, separated
from assignments.services.records import refusals
from assignments.services.subscriptions import subscribing


class SubscriptionForm(base.ModelForm):
    by: Any = None
    kinds = forms.MultipleChoiceField(choices=models.Subscription.Kind.choices, widget=forms.CheckboxSelectMultiple)

    def clean(self) -> Any:
        cleaned: Any = super().clean() or self.cleaned_data
        separated.refuse_others_events(self, self.by)
        return cleaned


@admin.register(models.Subscription)
class SubscriptionAdmin(separated.SentByMixin, base.SetUpAdmin):
    form = SubscriptionForm
    list_display = ("name", "host", "user", "kinds", "enabled", "is_away", "away_since", "waiting")
    list_filter = ("enabled", "is_away", "districts")
    list_select_related = ("user",)
    search_fields = ("name", "address", "user__username")
    autocomplete_fields = ("user",)
    filter_horizontal = ("districts",)
    readonly_fields = (
        "token", "created_at", "begins_at", "is_away", "away_since", "away_because", "failures", "resumes_at",
        "waiting",
    )  # fmt: skip
    actions = ("send_test", "start_from_now")
    fieldsets = (
        (None, {"fields": ("name", "user", "token", "address", "signing_env", "timeout_seconds", "enabled")}),
        ("What it hears of", {"fields": ("kinds", "districts", "created_at", "begins_at")}),
        (
            "Whether it takes it",
            {"fields": ("is_away", "away_since", "away_because", "failures", "resumes_at", "waiting")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        is_open = Q(events__status__in=models.OutgoingEvent.OPEN)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(number_waiting=Count("events", filter=is_open))
        return rows

    @admin.display(description="host")
    def host(self, row: models.Subscription) -> str:
        return subscribing.host_of(row.address)

    @admin.display(description="events that wait")
    def waiting(self, row: Any) -> int:
        return int(getattr(row, "number_waiting", 0))

    @admin.action(description="Send a test event", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[models.Subscription]) -> None:
        for row in queryset.order_by("pk"):
            try:
                subscribing.test(subscription=row, by=request.user, now=timezone.now())
            except refusals.Refusal as refusal:
                self.message_user(request, refusal.sentence, messages.ERROR)
            else:
                self.message_user(request, f"A test event goes to {row}. Look at the events that it was sent.")

    @admin.action(description="Start from now: leave out what waits", permissions=["change"])
    def start_from_now(self, request: HttpRequest, queryset: QuerySet[models.Subscription]) -> None:
        for row in queryset.order_by("pk"):
            left_out = subscribing.start_from_now(subscription=row, by=request.user, now=timezone.now())
            self.message_user(request, f"{row} hears of what happens from now on. Left out: {left_out}.")


@admin.register(models.OutgoingEvent)
class OutgoingEventAdmin(base.MachineAdmin):
    list_display = ("happened_at", "kind", "subject", "subscription", "status", "attempts", "last_error", "settled_at")
    list_filter = ("status", "kind", "subscription")
    list_select_related = ("subscription",)
    search_fields = ("subject", "event_id", "trace_id")
    date_hierarchy = "happened_at"
