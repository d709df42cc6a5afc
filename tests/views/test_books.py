"""/districts/<code>/books/: what each system has in its book beside what it was told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import NOW
from tests.views.conftest import one_line

BOOKS = "/districts/NORTH/books/"
COMPARE = f"{BOOKS}work/compare/"
PERIOD = {"start": "2026-06-15T13:00:00Z", "end": "2026-06-15T15:00:00Z"}


@pytest.fixture
def target(district: models.District) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="work")


@pytest.fixture
def compared(district: models.District, elsewhere: models.District, target: Any) -> models.BookComparison:
    """WO-1 is missing there; of another district and of none there is something, too."""
    made: models.BookComparison = models.BookComparison.objects.create(
        target=target, status="DONE", asked_at=NOW, began_at=NOW, ended_at=NOW, entries=12, agreed=9, waiting=2
    )
    for place, number in ((district, "WO-1"), (elsewhere, "WO-9")):
        _missing(made, place, number)
    theirs = {"order": "Z-7", "crew": "C-7", "further_crews": [], "period": PERIOD}
    models.Difference.objects.create(comparison=made, kind="FOREIGN", theirs=theirs, their_crews="C-7")
    return made


def _missing(comparison: models.BookComparison, district: models.District, number: str) -> None:
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    crew = factories.CrewFactory(district=district, name=f"Crew of {number}")
    lead = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    told = {"order": number, "crew": "C-3", "further_crews": [], "period": PERIOD, "tentative": False}
    models.Difference.objects.create(
        comparison=comparison, kind="MISSING", district=district, order=order, assignment=lead, told=told,
        crews=f"Crew of {number}",
    )  # fmt: skip


def repair_of(comparison: models.BookComparison) -> str:
    return f"{BOOKS}{comparison.pk}/repair/"


def test_members_read_and_managers_act(
    manager: Client, viewer: Client, stranger: Client, anonymous: Client, compared: models.BookComparison
) -> None:
    everybody = (manager, viewer, stranger, anonymous)
    assert [person.get(BOOKS).status_code for person in everybody] == [200, 200, 404, 302]
    for path in (COMPARE, repair_of(compared)):
        assert [person.post(path).status_code for person in everybody] == [303, 403, 404, 302]
    assert f'href="{BOOKS}"' in manager.get("/districts/NORTH/write-backs/").content.decode()


def test_it_shows_the_differences_of_the_district_alone(viewer: Client, compared: models.BookComparison) -> None:
    page = one_line(viewer.get(BOOKS))

    for said in ("missing there", "WO-1", "Crew of WO-1, Mon 15 Jun 08:00–10:00", "12 bookings in its book"):
        assert said in page
    assert "WO-9" not in page
    assert "Z-7" not in page
    assert "1 booking in its book names an order that is not known here" in page


def test_a_comparison_is_left_to_a_worker(manager: Client, target: Any) -> None:
    assert "Nobody has compared its book yet" in one_line(manager.get(BOOKS))

    page = one_line(manager.post(COMPARE, follow=True))

    assert "A worker compares the book of Work management." in page
    assert "A worker reads its book; what differs is shown here by itself." in page
    assert models.BookComparison.objects.get().status == "WAITING"


def test_repairing_is_asked_for_once(manager: Client, mara: Any, compared: models.BookComparison) -> None:
    page = one_line(manager.post(repair_of(compared), follow=True))

    assert "1 booking told again to Work management, in order with everything else." in page
    assert "A worker repairs it." in page
    asked = models.Difference.objects.get(asked_at__isnull=False)
    assert (asked.order.number if asked.order else "", asked.asked_by) == ("WO-1", mara)
    again = manager.post(repair_of(compared), headers={"Accept": "application/json"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-repair")


def test_what_failed_later_stands_beside_what_is_known(manager: Client, target: Any, compared: Any) -> None:
    models.BookComparison.objects.create(
        target=target, status="FAILED", asked_at=NOW + timedelta(hours=1), ended_at=NOW + timedelta(hours=1),
        error="could not be reached",
    )  # fmt: skip

    page = one_line(manager.get(BOOKS))

    assert "Work management could not be reached. Compare again once it answers." in page
    assert "missing there" in page


def test_administrators_compare_and_repair_all_districts(admin_client: Client, compared: models.BookComparison) -> None:
    systems = "/admin/assignments/downstreamsystem/"
    chosen = {"_selected_action": [compared.target_id]}

    admin_client.post(systems, {"action": "repair_books", **chosen})
    admin_client.post(systems, {"action": "compare_books", **chosen})

    assert models.Difference.objects.filter(asked_at__isnull=False).count() == 2
    assert models.BookComparison.objects.filter(status="WAITING").count() == 1
    assert "Z-7" in admin_client.get(f"/admin/assignments/bookcomparison/{compared.pk}/change/").content.decode()


def test_queries_do_not_grow_with_the_rows(manager: Client, district: Any, compared: models.BookComparison) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(BOOKS)
        return len(queries)

    asked()
    few = asked()
    for number in range(2, 8):
        _missing(compared, district, f"WO-{number}")

    assert asked() == few <= 15
