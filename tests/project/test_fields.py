"""Every field of the set-up tables is gathered, exchanged, shown and served, or stands in one list with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField

from assignments import models
from assignments.downstream.messages import MESSAGES, Resource
from assignments.services.upserting import making
from tests import factories
from tests.project import field_probes, field_records, fields
from tests.project.fields import Way

pytestmark = pytest.mark.once

EVERY_WAY = [
    pytest.param(table, way, id=f"{table.__name__}-{way.name.lower()}")
    for table in fields.tables()
    for way in fields.ways_of(table)
]

NAMED: dict[Resource, tuple[Any, str]] = {
    Resource.ORDERS: (models.WorkOrder, "number"),
    Resource.CREWS: (models.Crew, "name"),
    Resource.PERMITS: (models.Permit, "number"),
}
"""Columns in which no two rows may say the same."""


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the process stands still, so that no two rows differ by the time at which they are made."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.NOW)


def whole_tables() -> set[str]:
    return {key for key in fields.EXCEPTIONS if key.endswith(".*")}


def findings(table: Any, way: Way, *, of: str | None = None) -> list[str]:
    """A sentence for each field that is missed without a reason, and for each reason that is out of date.

    `of` names the one field that is asked about.
    """
    names = {of} if of else {field.name for field in fields.fields_of(table)}
    reached = field_probes.PROBES[way](table, names) & names
    missed = names - reached
    excused = {name: fields.key_of_exception(table.__name__, name, way) for name in names}
    return [
        *(f"{table.__name__}.{name} is not {way.value}." for name in sorted(missed) if excused[name] is None),
        *(
            f"{table.__name__}.{name} is {way.value}, but EXCEPTIONS says otherwise."
            for name in sorted(reached)
            if excused[name] not in {None, *whole_tables()}
        ),
        *(
            f"{key} need not be among the EXCEPTIONS: all of it is {way.value}."
            for key in whole_tables()
            if key == f"{table.__name__}.*" and way in fields.EXCEPTIONS[key] and not missed
        ),
    ]


@pytest.mark.parametrize(("table", "way"), EVERY_WAY)
def test_every_field_is_reached_or_has_a_reason(db: None, table: Any, way: Way) -> None:
    found = findings(table, way)

    assert not found, "\n".join(found)


@pytest.fixture
def forgotten(db: None) -> Iterator[str]:
    """The name of a column that somebody has added to the model of work orders, and nowhere else."""
    field, options = CharField(max_length=20, default="", blank=True), models.WorkOrder._meta
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE assignments_workorder ADD COLUMN forgotten varchar(20) NOT NULL DEFAULT ''")
    field.contribute_to_class(models.WorkOrder, "forgotten")
    making.defaults.cache_clear()
    yield "forgotten"
    making.defaults.cache_clear()
    options.local_fields.remove(field)
    options._expire_cache()  # type: ignore[attr-defined]  # the stubs hide it
    del models.WorkOrder.forgotten  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", list(Way))
def test_a_field_of_the_model_alone_is_missed_in_every_way(forgotten: str, way: Way) -> None:
    assert findings(models.WorkOrder, way, of=forgotten) == [f"WorkOrder.forgotten is not {way.value}."]


def test_a_reason_for_what_is_reached_is_out_of_date(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = {"State.name": {Way.SHOWN: "Nobody needs to see it."}, "State.*": {Way.SHOWN: "Nor any of the others."}}
    monkeypatch.setattr(fields, "EXCEPTIONS", {**fields.EXCEPTIONS, **stale})

    assert findings(models.State, Way.SHOWN) == [
        "State.name is shown in the admin, but EXCEPTIONS says otherwise.",
        "State.* need not be among the EXCEPTIONS: all of it is shown in the admin.",
    ]


def test_the_tables_of_the_field_are_looked_at_in_every_way() -> None:
    in_every_way = {table for table in fields.tables() if fields.ways_of(table) == list(Way)}

    assert in_every_way == {
        models.WorkOrder, models.OrderNeed, models.OrderPart, models.Permit, models.Employee,
        models.HeldQualification, models.Crew, models.CrewMembership, models.Shift, models.Absence, models.Equipment,
        models.EquipmentOutage, models.Qualification,
    }  # fmt: skip


def test_no_table_of_the_field_is_excused_as_a_whole() -> None:
    of_the_field = {f"{table.__name__}.*" for table in fields.tables() if Way.GATHERED in fields.ways_of(table)}

    assert not of_the_field & whole_tables()


def test_every_table_is_set_up_made_by_the_machine_or_has_a_reason() -> None:
    ours = set(apps.get_app_config("assignments").get_models())
    rest = {table.__name__ for table in ours - set(fields.tables()) - fields.of_the_machine()}

    assert rest == set(fields.ELSEWHERE)


def test_every_exception_is_of_a_field_that_exists() -> None:
    every = {(table.__name__, field.name) for table in fields.tables() for field in fields.fields_of(table)}
    known = {f"{table}.{name}" for table, name in every} | {f"*.{name}" for _, name in every}
    known |= {f"{table}.*" for table, _ in every}

    assert set(fields.EXCEPTIONS) <= known


def test_every_reason_is_a_sentence() -> None:
    reasons = [reason for by_way in fields.EXCEPTIONS.values() for reason in by_way.values()]

    for reason in [*reasons, *fields.ELSEWHERE.values(), *fields.UNKEPT.values()]:
        assert reason.endswith(".")
        assert len(reason.split()) >= 6, reason


@pytest.mark.parametrize("resource", list(Resource))
def test_every_field_of_a_message_is_stored_or_has_a_reason(db: None, resource: Resource) -> None:
    for number in (1, 2):
        field_records.deliver(number)
    first, second = (field_records.records(number)[resource][-1] for number in (1, 2))
    # The names that the first record takes over from the second one are free.
    if resource in NAMED:
        table, column = NAMED[resource]
        table._default_manager.filter(source_reference=second.reference).update(**{column: "freed"})

    before, dropped = field_records.stored(), set()
    for label, record in field_records.variants(first, second):
        with field_probes.undone():
            field_records.take(resource, [record.model_copy(update={"version": 9})])
            if field_records.stored() == before:
                dropped.add(label)

    message = MESSAGES[resource].__name__
    assert dropped == {name for name in fields.UNKEPT if name.startswith(f"{message}.")}
