"""The filters of a board; they live in the address of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from assignments import models
from assignments.presenters.board import filtering
from assignments.presenters.registers import permits
from assignments.queries import permit_needs, work_queue

_SEARCHED = ("number", "title", "address", "feeder", "substation")
_NO_PERMIT = "none"

NAMES = ("state", "status", "kind", "priority", "permit", "crew", "feeder", "q")
"""The filters by their names in the address, in the sequence in which they are told."""


class BoardFilter(django_filters.FilterSet):
    """Narrows the `board.queue` of a district and day."""

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
    permit = django_filters.ChoiceFilter(
        method="with_permit",
        label="Permit",
        empty_label="Any permit",
        choices=[*((need.slug, label) for need, label in permits.TABS.items()), (_NO_PERMIT, "None required")],
    )
    crew = django_filters.ModelChoiceFilter(
        method="with_crew", label="Crew", empty_label="Any crew", queryset=models.Crew.objects.none()
    )
    feeder = django_filters.ChoiceFilter(label="Feeder", empty_label="Any feeder", choices=[])
    q = django_filters.CharFilter(
        method="matching",
        label="Search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, title, street, feeder"}),
    )

    class Meta:
        model = models.WorkOrder
        fields: list[str] = []

    def __init__(self, data: Mapping[str, str], *, district: models.District, day: date, now: datetime) -> None:
        super().__init__(data, queryset=work_queue.queue(district, day, now))
        self._district, self._day, self._now = district, day, now
        self.filters["crew"].queryset = models.Crew.objects.filter(district=district).order_by("name", "pk")
        # What somebody asks for stays a choice when no open order lies there any more: the board then says so.
        feeders = {*work_queue.feeders(district), *_possible_feeder(data.get("feeder", ""))}
        self.filters["feeder"].extra["choices"] = [(feeder, feeder) for feeder in sorted(feeders)]

    def filter_queryset(self, queryset: QuerySet[models.WorkOrder]) -> QuerySet[models.WorkOrder]:
        return self._narrowed(queryset, without="")

    def without(self, name: str) -> QuerySet[models.WorkOrder]:
        """The queue narrowed by all filters but this one."""
        return self._narrowed(self.queryset.all(), without=name)

    @property
    def chosen(self) -> list[filtering.SetFilter]:
        """The filters that are set, without what made no sense."""
        fields = self.form.fields
        values = self._values
        return [
            filtering.SetFilter(
                name, str(fields[name].label), str(_value(values[name])), _text(fields[name], values[name])
            )
            for name in NAMES
            if values.get(name)
        ]

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is set."""
        return any(self._values.values())

    @property
    def _values(self) -> dict[str, Any]:
        # Whatever made no sense is left out of these.
        self.form.is_valid()
        return dict(self.form.cleaned_data)

    def _narrowed(self, orders: QuerySet[models.WorkOrder], *, without: str) -> QuerySet[models.WorkOrder]:
        for name, value in self._values.items():
            if name != without:
                orders = self.filters[name].filter(orders, value)
        return orders

    def in_state(self, orders: QuerySet[models.WorkOrder], _name: str, state: str) -> QuerySet[models.WorkOrder]:
        return work_queue.in_state(orders, state)

    def with_permit(self, orders: QuerySet[models.WorkOrder], _name: str, state: str) -> QuerySet[models.WorkOrder]:
        """Orders with an entry of this state in the register of permits."""
        if state == _NO_PERMIT:
            return orders.filter(required_permits=[])
        entries = permit_needs.in_state(permit_needs.register(self._district, self._now), state)
        found = {entry.order.pk for entry in entries}
        return orders.filter(Q(pk__in=found) | Q(part_of__in=found))

    def with_crew(self, orders: QuerySet[models.WorkOrder], _name: str, crew: models.Crew) -> Any:
        return work_queue.with_crew(orders, crew, self._day)

    def matching(self, orders: QuerySet[models.WorkOrder], _name: str, text: str) -> QuerySet[models.WorkOrder]:
        """Orders in which every word of the text occurs somewhere."""
        for word in text.split():
            anywhere = Q()
            for field in _SEARCHED:
                anywhere |= Q(**{f"{field}__icontains": word})
            orders = orders.filter(anywhere)
        return orders


def told(queries: Iterable[str], *, district: models.District, day: date, now: datetime) -> list[str]:
    """Describe each of these filters, as the board's addresses have them, in words; two queries."""
    fields = BoardFilter(QueryDict(), district=district, day=day, now=now).form.fields
    crews = {str(crew.pk): crew for crew in models.Crew.objects.filter(district=district)}
    found = []
    for query in queries:
        parts = [(name, value) for name, value in parse_qsl(query) if name in fields]
        words = [
            f"{fields[name].label}: {_text(fields[name], crews.get(value, value) if name == 'crew' else value)}"
            for name, value in parts
        ]
        found.append(", ".join(words))
    return found


def _possible_feeder(asked: str) -> set[str]:
    longest = models.WorkOrder._meta.get_field("feeder").max_length or 0
    return {asked} if asked and len(asked) <= longest and asked.isprintable() else set()


def _value(value: Any) -> Any:
    return value.pk if isinstance(value, models.Crew) else value


def _text(field: forms.Field, value: Any) -> str:
    if isinstance(value, models.Crew):
        return value.name
    if isinstance(field, forms.ModelChoiceField):
        return "one that is gone"
    choices: list[tuple[Any, Any]] = list(getattr(field, "choices", ()))
    return next((str(label) for key, label in choices if str(key) == str(value)), str(value))
