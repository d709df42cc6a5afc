"""The filters of the registers of permits and write-backs; they live in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from assignments import models
from assignments.forms.searching import SearchField, SearchFilter
from assignments.queries import deliveries, permit_needs, searching

_SEARCHED = (
    "order__number", "order__title", "assignment__order__number", "assignment__order__title",
    "assignment__crew__name", "reference", "trace_id", "last_error",
)  # fmt: skip


class PermitFilter(forms.Form):
    """Filters of `permits.register`. A value outside the choices filters nothing."""

    state = forms.ChoiceField(
        required=False, choices=[(need.slug, need.slug) for need in permit_needs.Need], widget=forms.HiddenInput
    )
    kind = forms.ChoiceField(required=False, choices=[("", "Any kind"), *models.Permit.Kind.choices])
    q = SearchField(
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Permit, authority, order"}),
    )

    @property
    def filters(self) -> permit_needs.Filters:
        """The valid part of the query."""
        self.is_valid()
        return permit_needs.Filters(**self.cleaned_data)

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is set."""
        return self.filters != permit_needs.Filters()


class WriteBackRegisterFilter(django_filters.FilterSet):
    """Narrows a `write_backs.register`."""

    state = django_filters.ChoiceFilter(
        method="in_state", choices=[(state, state) for state in deliveries.STATES], widget=forms.HiddenInput
    )
    target = django_filters.ModelChoiceFilter(
        queryset=models.DownstreamSystem.objects.order_by("name", "pk"), to_field_name="code", empty_label="Any system"
    )
    q = SearchFilter(
        method="matching",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Order, crew, reference, trace"}),
    )

    class Meta:
        model = models.WriteBack
        fields: list[str] = []

    def in_state(self, rows: QuerySet[models.WriteBack], _name: str, state: str) -> QuerySet[models.WriteBack]:
        return deliveries.in_state(rows, state)

    def matching(self, rows: QuerySet[models.WriteBack], _name: str, text: str) -> QuerySet[models.WriteBack]:
        """Write-backs in which every word of the text occurs somewhere."""
        for word in text.split():
            further = models.Assignment.objects.filter(lead__isnull=False, crew__name__icontains=word)
            rows = rows.filter(searching.anywhere(word, _SEARCHED) | Q(assignment__in=further.values("lead")))
        return rows

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is set."""
        values: dict[str, Any] = self.form.cleaned_data if self.form.is_valid() else {}
        return any(values.values())
