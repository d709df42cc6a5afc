"""The filters of a board; they live in the address of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from assignments import models
from assignments.forms import tidying
from assignments.forms.searching import SearchFilter
from assignments.presenters.board import filtering
from assignments.presenters.registers import permits
from assignments.queries import permit_needs, queue_parts, searching, work_queue

_NO_PERMIT = "none"

NAMES = ("state", "status", "kind", "priority", "permit", "crew", "feeder", "q", "sort")
"""The filters by their names in the address, in the sequence in which they are told; the last one narrows nothing."""
SORTS = {
    "due": "Due first",
    "appointment": "Appointment first",
    "customers": "Most customers out",
    "priority": "Priority",
    "crew": "Crew",
}


def _several(label: str, **options: Any) -> django_filters.MultipleChoiceFilter:
    # Without `distinct`: nothing that is filtered by makes an order twice.
    return django_filters.MultipleChoiceFilter(
        label=label, distinct=False, widget=forms.CheckboxSelectMultiple, **options
    )


class BoardFilter(django_filters.FilterSet):
    """Narrows and sorts the `work_queue.queue` of a district and day.

    Of what is asked, `left_out` names in words what is unknown or too much; the rest counts.
    """

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
    status = _several(
        "Status", choices=[c for c in models.WorkOrder.Status.choices if c[0] not in models.WorkOrder.FINISHED]
    )
    kind = _several("Kind", choices=models.WorkOrder.Kind.choices)
    priority = _several("Priority", field_name="urgency", choices=models.WorkOrder.Priority.choices)
    permit = _several(
        "Permit",
        method="with_permit",
        choices=[*((need.slug, label) for need, label in permits.TABS.items()), (_NO_PERMIT, "None required")],
    )
    crew = _several("Crew", method="with_crew", choices=[])
    feeder = _several("Feeder", method="on_feeder", choices=[])
    q = SearchFilter(
        method="matching",
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, title, street, feeder"}),
    )
    sort = django_filters.ChoiceFilter(
        method="sorted_by", label="Sorted by", empty_label="Most at risk first", choices=[*SORTS.items()]
    )

    class Meta:
        model = models.WorkOrder
        fields: list[str] = []

    def __init__(self, data: Mapping[str, str], *, district: models.District, day: date, now: datetime) -> None:
        self._district, self._day, self._now = district, day, now
        # What somebody asks for stays a choice when no open order lies there any more: the board then says so.
        asked = tidying.asked(data)
        feeders = {*queue_parts.feeders(district), *filter(_is_possible_feeder, asked.get("feeder", []))}
        tidy = tidying.tidy(asked, {name: self._choices(name, feeders) for name in NAMES if name != "q"})
        self.left_out = tidy.left_out
        super().__init__(tidy.data, queryset=work_queue.queue(district, day, now))
        self.filters["crew"].extra["choices"] = lambda: self._crews
        self.filters["feeder"].extra["choices"] = [(feeder, feeder) for feeder in sorted(feeders)]

    def filter_queryset(self, queryset: QuerySet[models.WorkOrder]) -> QuerySet[models.WorkOrder]:
        return self._narrowed(queryset, without="")

    def without(self, name: str) -> QuerySet[models.WorkOrder]:
        """The queue narrowed by all filters but this one."""
        return self._narrowed(self.queryset.all(), without=name)

    @property
    def chosen(self) -> list[filtering.SetFilter]:
        """The filters that are set, and the sequence, without what made no sense."""
        fields, values = self.form.fields, self._values
        return [
            filtering.SetFilter(
                name, str(fields[name].label), tidying.joined(values[name]), _text(fields[name], values[name])
            )
            for name in NAMES
            if values.get(name)
        ]

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is set."""
        return any(value for name, value in self._values.items() if name != "sort")

    @cached_property
    def _crews(self) -> list[tuple[str, str]]:
        crews = models.Crew.objects.filter(district=self._district).order_by("name", "pk")
        return [(str(pk), name) for pk, name in crews.values_list("pk", "name")]

    def _choices(self, name: str, feeders: Iterable[str]) -> tidying.FilterChoices:
        if name == "crew":
            return tidying.FilterChoices("crew", lambda: self._crews)
        if name == "feeder":
            return tidying.FilterChoices("feeder", lambda: [(feeder, feeder) for feeder in feeders])
        found = self.base_filters[name]
        return tidying.FilterChoices(
            "sequence" if name == "sort" else found.label.lower(), lambda: found.extra["choices"]
        )

    @property
    def _values(self) -> dict[str, Any]:
        self.form.is_valid()
        return dict(self.form.cleaned_data)

    def _narrowed(self, orders: QuerySet[models.WorkOrder], *, without: str) -> QuerySet[models.WorkOrder]:
        for name, value in self._values.items():
            if name != without:
                orders = self.filters[name].filter(orders, value)
        return orders

    def in_state(self, orders: QuerySet[models.WorkOrder], _name: str, state: str) -> QuerySet[models.WorkOrder]:
        return work_queue.in_state(orders, state)

    def with_permit(
        self, orders: QuerySet[models.WorkOrder], _name: str, states: Sequence[str]
    ) -> QuerySet[models.WorkOrder]:
        """Orders with an entry of one of these states in the register of permits."""
        wanted = Q(required_permits=[]) if _NO_PERMIT in states else Q()
        if named := [state for state in states if state != _NO_PERMIT]:
            register = permit_needs.register(self._district, self._now)
            found = {entry.order.pk for state in named for entry in permit_needs.in_state(register, state)}
            wanted |= Q(pk__in=found) | Q(part_of__in=found)
        return orders.filter(wanted)

    def with_crew(self, orders: QuerySet[models.WorkOrder], _name: str, crews: Sequence[str]) -> Any:
        return queue_parts.with_crews(orders, [int(crew) for crew in crews], self._day)

    def on_feeder(
        self, orders: QuerySet[models.WorkOrder], _name: str, feeders: Sequence[str]
    ) -> QuerySet[models.WorkOrder]:
        return orders.filter(feeder__in=feeders)

    def sorted_by(self, orders: QuerySet[models.WorkOrder], _name: str, sort: str) -> QuerySet[models.WorkOrder]:
        return queue_parts.sorted_by(orders, sort, self._day)

    def matching(self, orders: QuerySet[models.WorkOrder], _name: str, text: str) -> QuerySet[models.WorkOrder]:
        """Orders in which every word of the text occurs somewhere."""
        return orders.filter(searching.everywhere(text, searching.OF_ORDERS))


def told(queries: Iterable[str], *, district: models.District, day: date, now: datetime) -> list[str]:
    """Describe each of these filters, as the board's addresses have them, in words; two queries."""
    fields = BoardFilter(QueryDict(), district=district, day=day, now=now).form.fields
    crews = {str(pk): name for pk, name in models.Crew.objects.filter(district=district).values_list("pk", "name")}
    found = []
    for query in queries:
        parts = [(name, value) for name, value in parse_qsl(query) if name in fields]
        words = [f"{fields[name].label}: {_said(name, fields[name], value, crews)}" for name, value in parts]
        found.append(", ".join(words))
    return found


def _said(name: str, field: forms.Field, value: str, crews: Mapping[str, str]) -> str:
    if name == "crew":
        return ", ".join(crews.get(pk, "one that is gone") for pk in value.split(","))
    known = {str(key) for key, _ in getattr(field, "choices", ())}
    is_one = name in {"q", "sort", "state"} or value in known
    return _text(field, value if is_one else value.split(","))


def _is_possible_feeder(asked: str) -> bool:
    longest = models.WorkOrder._meta.get_field("feeder").max_length or 0
    return 0 < len(asked) <= longest and asked.isprintable()


def _text(field: forms.Field, value: str | Sequence[str]) -> str:
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return ", ".join(labels.get(str(one), str(one)) for one in ([value] if isinstance(value, str) else value))
