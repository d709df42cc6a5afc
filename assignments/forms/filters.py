"""The filters of a board; they live in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from assignments import models
from assignments.queries import board

_SEARCHED = ("number", "title", "address", "feeder", "substation")


class BoardFilter(django_filters.FilterSet):
    """Narrows a `board.queue`."""

    state = django_filters.ChoiceFilter(
        method="in_state",
        label="State",
        choices=[
            ("to-decide", "To decide"),
            ("without-suggestion", "No suggestion"),
            ("decided", "Approved"),
            ("attention", "Needs attention"),
        ],
        widget=forms.HiddenInput,
    )
    status = django_filters.ChoiceFilter(
        label="Status",
        empty_label="Any status",
        choices=[c for c in models.WorkOrder.Status.choices if c[0] not in models.WorkOrder.FINISHED],
    )
    kind = django_filters.ChoiceFilter(label="Kind", empty_label="Any kind", choices=models.WorkOrder.Kind.choices)
    priority = django_filters.ChoiceFilter(
        field_name="urgency", label="Priority", empty_label="Any priority", choices=models.WorkOrder.Priority.choices
    )
    q = django_filters.CharFilter(
        method="matching",
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, title, street, feeder"}),
    )

    class Meta:
        model = models.WorkOrder
        fields: list[str] = []

    def in_state(self, orders: QuerySet[models.WorkOrder], _name: str, state: str) -> QuerySet[models.WorkOrder]:
        return board.in_state(orders, state)

    def matching(self, orders: QuerySet[models.WorkOrder], _name: str, text: str) -> QuerySet[models.WorkOrder]:
        """Orders in which every word of the text occurs somewhere."""
        for word in text.split():
            anywhere = Q()
            for field in _SEARCHED:
                anywhere |= Q(**{f"{field}__icontains": word})
            orders = orders.filter(anywhere)
        return orders

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is set."""
        values: dict[str, Any] = self.form.cleaned_data if self.form.is_valid() else {}
        return any(values.values())
