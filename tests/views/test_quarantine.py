"""/districts/<code>/records/: records that were not taken, and gaps in those that were."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import NOW
from tests.views.conftest import one_line

PAGE = "/districts/NORTH/records/"
API = "/api/v1/refused-records/"


@pytest.fixture
def record(district: models.District) -> models.RefusedRecord:
    made: models.RefusedRecord = factories.RefusedRecordFactory(
        district=district, reference="W-8", raw='{"title": "<b>\\u0000"}'
    )
    return made


def test_members_read_and_managers_try_again(
    manager: Client, viewer: Client, stranger: Client, anonymous: Client, record: models.RefusedRecord
) -> None:
    everybody = (manager, viewer, stranger, anonymous)
    again = f"{PAGE}{record.pk}/again/"

    assert [person.get(PAGE).status_code for person in everybody] == [200, 200, 404, 302]
    assert [person.get(API).status_code for person in everybody] == [200, 200, 200, 401]
    assert [person.get(f"{API}{record.pk}/").status_code for person in everybody] == [200, 200, 404, 401]
    assert stranger.get(API).json()["results"] == []
    assert [person.post(again).status_code for person in everybody] == [303, 403, 404, 302]
    assert manager.get(again).status_code == 405


def test_shows_the_record_with_its_reason(manager: Client, record: models.RefusedRecord) -> None:
    factories.RefusedRecordFactory(system=record.system, district=None, reference="W-9")

    page = one_line(manager.get(PAGE))

    assert "title: Field required" in page
    assert "&lt;b&gt;\\u0000" in page
    assert "W-9" not in page
    assert "1 record names no district" in page


def test_one_that_is_nested_without_end_is_shown_too(manager: Client, record: models.RefusedRecord) -> None:
    deep = "[" * 900 + "]" * 900
    factories.RefusedRecordFactory(system=record.system, district=record.district, reference="W-10", raw=deep)

    assert "W-10" in one_line(manager.get(PAGE))


def test_the_line_of_the_source_links_to_it(manager: Client, record: models.RefusedRecord) -> None:
    assert f'<a href="{PAGE}#system-work">1 record was not taken</a>' in one_line(
        manager.get("/districts/NORTH/board/")
    )


def test_a_record_of_another_district_is_not_tried(
    manager: Client, elsewhere: models.District, record: models.RefusedRecord
) -> None:
    theirs = factories.RefusedRecordFactory(system=record.system, district=elsewhere)

    assert manager.post(f"{PAGE}{theirs.pk}/again/").status_code == 404


def test_names_the_gaps(manager: Client, district: models.District) -> None:
    district.boundary = [[41, -89], [43, -89], [43, -87], [41, -87]]
    district.save()
    factories.EmployeeFactory(district=district, name="Una")
    factories.CrewFactory(district=district, name="Line 7", latitude=0, longitude=0, staff__members=0)
    factories.OrderFactory(district=district, number="WO-IN")
    factories.OrderFactory(district=district, number="WO-OUT", latitude=45)
    factories.OrderFactory(district=district, number="WO-0", latitude=0, longitude=0)
    ring = [factories.OrderFactory(district=district, number=number) for number in ("WO-A", "WO-B")]
    ring[0].prerequisites.add(ring[1])
    ring[1].prerequisites.add(ring[0])
    factories.OrderNeedFactory(order=ring[0], qualification=factories.QualificationFactory(code="DIVING"))

    page = one_line(manager.get(PAGE))

    for text, names in (
        ("1 person without a qualification", "Una"),
        ("1 crew without a shift", "Line 7"),
        ("1 crew without a foreman", "Line 7"),
        ("1 crew whose base is at 0, 0", "Line 7"),
        ("1 order outside the district&#x27;s boundary", "WO-OUT"),
        ("1 order at 0, 0", "WO-0"),
        ("1 qualification that orders need and nobody holds", "DIVING"),
        ("2 orders waiting for each other in a ring", "WO-A, WO-B"),
    ):
        assert text in page, text
        assert names in page
    assert "WO-IN" not in page


def test_costs_the_same_queries_for_one_record_and_for_many(manager: Client, record: models.RefusedRecord) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert manager.get(PAGE).status_code == 200
        return len(asked)

    queries()
    one = queries()
    other: Any = factories.DownstreamSystemFactory(code="permits", kind="PERMITS")
    for system in (record.system, other):
        factories.RefusedRecordFactory.create_batch(60, system=system, district=record.district, last_seen_at=NOW)
    factories.OrderFactory.create_batch(3, district=record.district, latitude=0, longitude=0)

    assert queries() == one
    assert "11 more" in one_line(manager.get(PAGE))
