"""Programs read the audit and the comparisons of books, as far as their districts go."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services.decisions import approving
from assignments.services.records import auditing
from tests import factories
from tests.factories import NOW

AUDIT = "/api/v1/audit/"


@pytest.fixture
def approved(suggestion: models.Suggestion, mara: Any) -> models.Assignment:
    return approving.approve(suggestion=suggestion, by=mara, now=NOW)


def read(client: Client, path: str = AUDIT, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(path, query).json()["results"]
    return rows


def test_an_entry_says_who_did_what_to_which_order(as_vic: Client, approved: models.Assignment) -> None:
    [entry] = read(as_vic, order="WO-1")

    assert (entry["actor"], entry["verb"], entry["object_id"]) == (
        "Mara Lindqvist", "assignment.approved", str(approved.pk),
    )  # fmt: skip
    assert (entry["district"], entry["token"], entry["reason"]) == ("NORTH", None, "")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"district": "NORTH"}, 1),
        ({"district": "SOUTH"}, 0),
        ({"verb": "assignment.approved"}, 1),
        ({"verb": "assignment.revoked"}, 0),
        ({"since": NOW.isoformat()}, 1),
        ({"before": NOW.isoformat()}, 0),
        ({"trace": "4bf92f3577b34da6a3ce929d0e0e4736"}, 0),
        ({"object_type": "assignment"}, 1),
    ],
)
def test_entries_are_filtered(as_vic: Client, approved: models.Assignment, query: dict[str, str], found: int) -> None:
    assert len(read(as_vic, **query)) == found


def test_what_is_no_district_business_is_left_out(
    as_vic: Client, as_stella: Client, approved: models.Assignment, mara: Any
) -> None:
    district = approved.order.district
    for row, of in ((mara, None), (models.Membership.objects.filter(district=district)[0], district)):
        auditing.record(verb="changed", row=row, by=mara, now=NOW, district=of)

    assert [entry["verb"] for entry in read(as_vic)] == ["assignment.approved"]
    assert read(as_stella) == []


def test_differences_are_those_of_the_own_districts(
    as_vic: Client, suggestion: models.Suggestion, elsewhere: models.District
) -> None:
    target = factories.DownstreamSystemFactory(code="work")
    comparison = factories.ComparisonFactory(target=target, entries=3, agreed=1)
    theirs = {"assignment": None, "order": "WO-1", "crew": "C-3"}
    own = factories.DifferenceFactory(
        comparison=comparison, district=suggestion.order.district, order=suggestion.order, theirs=theirs
    )
    factories.DifferenceFactory(comparison=comparison, district=elsewhere)
    factories.DifferenceFactory(comparison=comparison, district=None)

    [found] = read(as_vic, "/api/v1/differences/", target="work", kind="FOREIGN")

    assert (found["id"], found["order"], found["theirs"], found["told"]) == (own.pk, "WO-1", theirs, None)
    [shown] = read(as_vic, "/api/v1/comparisons/", target="work")
    assert (shown["id"], shown["status"], shown["entries"], shown["agreed"]) == (comparison.pk, "DONE", 3, 1)


@pytest.mark.parametrize("path", [AUDIT, "/api/v1/differences/", "/api/v1/comparisons/"])
def test_a_list_takes_the_same_queries_whatever_its_length(
    as_vic: Client, approved: models.Assignment, mara: Any, path: str
) -> None:
    def queries() -> int:
        order = factories.OrderFactory(district=approved.order.district)
        auditing.record(verb="order.changed", row=order, by=mara, now=NOW, order=order)
        factories.DifferenceFactory(order=order, district=order.district)
        with CaptureQueriesContext(connection) as found:
            as_vic.get(path)
        return len(found)

    queries()
    assert queries() == queries()
