"""Pages on which a manager retries, corrects or writes off what systems have not taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.views.conftest import one_line

WRITE_BACKS = "/districts/NORTH/write-backs/"
ALL, RETRY, WRITE_OFF = (f"{WRITE_BACKS}{name}/" for name in ("dead", "retry", "write-off"))
JSON = {"Accept": "application/json"}


@pytest.fixture
def dead(district: models.District) -> list[models.WriteBack]:
    """WO-1 that work management and WO-2 that workforce has refused."""
    return [_dead(district, "WO-1", "work"), _dead(district, "WO-2", "workforce")]


def _dead(district: models.District, number: str, target: str) -> Any:
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    crew = factories.CrewFactory(district=district)
    assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    told = {
        "action": "ASSIGN", "assignment": str(assignment.pk), "sequence": 1, "order": number, "crew": "C-3",
        "further_crews": [], "tentative": False, "approved_by": "Mara Lindqvist", "reason": "",
        "period": {"start": f"{assignment.starts_at:%FT%TZ}", "end": f"{assignment.ends_at:%FT%TZ}"},
    }  # fmt: skip
    return factories.WriteBackFactory(
        assignment=assignment, target=factories.DownstreamSystemFactory(code=target), status="DEAD", attempts=1,
        last_error="answered 422: no such crew", payload=told,
    )  # fmt: skip


def one(row: models.WriteBack) -> str:
    return f"/write-backs/{row.pk}/"


def filled(client: Client, row: models.WriteBack, **changes: str) -> dict[str, str]:
    """The form as the page fills it, with changes."""
    form = client.get(one(row)).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields} | changes


def statuses() -> list[str]:
    return list(models.WriteBack.objects.order_by("pk").values_list("status", flat=True))


def test_members_read_and_managers_act(
    manager: Client, viewer: Client, stranger: Client, anonymous: Client, dead: list[models.WriteBack]
) -> None:
    for path in (ALL, one(dead[0])):
        assert [person.get(path).status_code for person in (manager, viewer, stranger, anonymous)] == [
            200, 200, 404, 302,
        ]  # fmt: skip
    form = filled(manager, dead[0], crew="CR-003", reason="Their number")
    ticked = {"write_back": [row.pk for row in dead], "reason": "By hand"}
    for path, body in [(one(dead[0]), form), (RETRY, ticked), (WRITE_OFF, ticked)]:
        assert [person.post(path, body).status_code for person in (viewer, stranger, anonymous)] == [403, 404, 302]
    assert statuses() == ["DEAD", "DEAD"]


def test_all_systems_are_retried_by_one_act(manager: Client, dead: list[models.WriteBack]) -> None:
    assert f'href="{ALL}"' in manager.get(WRITE_BACKS).content.decode()
    assert [row.target for row in manager.get(ALL).context["rows"]] == ["Work management", "Workforce"]

    answer = manager.post(RETRY, {"write_back": [row.pk for row in dead]}, follow=True)

    assert "2 messages sent again: assign WO-1 and WO-2." in one_line(answer)
    assert statuses() == ["PENDING", "PENDING"]


def test_the_ticked_are_written_off_with_a_reason(manager: Client, dead: list[models.WriteBack]) -> None:
    ticked = {"write_back": [dead[0].pk]}
    unsaid = manager.post(WRITE_OFF, ticked, headers=JSON)
    assert (unsaid.status_code, unsaid.json()["code"]) == (409, "nothing-chosen")

    page = one_line(manager.post(WRITE_OFF, {**ticked, "reason": "Booked by phone"}, follow=True))

    assert "1 message written off: assign WO-1." in page
    assert "Written off by Mara Lindqvist: Booked by phone" in page
    assert statuses() == ["WRITTEN_OFF", "DEAD"]
    assert "It needs nobody" in manager.get(one(dead[0])).content.decode()


class TestCorrecting:
    def test_sends_what_the_manager_wrote(self, manager: Client, dead: list[models.WriteBack]) -> None:
        body = filled(manager, dead[0], crew="CR-003", reason="Their number")

        page = one_line(manager.post(one(dead[0]), body, follow=True))

        assert "Work management is told of WO-1 again, as you corrected it." in page
        dead[0].refresh_from_db()
        assert (dead[0].status, dead[0].payload["crew"], dead[0].payload["order"]) == ("PENDING", "CR-003", "WO-1")

    @pytest.mark.parametrize(
        ("changes", "status", "said"),
        [
            ({"crew": ""}, 400, "This field is required."),
            ({}, 409, "Nothing is different from what was sent."),
            ({"ends_at": "2026-06-17T20:00"}, 409, "the time may be told shorter, and rounded by up to 15 minutes"),
        ],
    )
    def test_brings_the_form_back_with_what_is_wrong(
        self, manager: Client, dead: Any, changes: dict[str, str], status: int, said: str
    ) -> None:
        answer = manager.post(one(dead[0]), filled(manager, dead[0], reason="Try", **changes))

        assert answer.status_code == status
        assert said in one_line(answer)
        assert statuses() == ["DEAD", "DEAD"]

    def test_of_what_is_settled_meanwhile_is_refused(self, manager: Client, dead: list[models.WriteBack]) -> None:
        body = filled(manager, dead[0], crew="CR-003", reason="Their number")
        models.WriteBack.objects.update(status="ACKNOWLEDGED")

        answer = manager.post(one(dead[0]), body, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-correct")


def test_queries_do_not_grow_with_the_rows(manager: Client, district: models.District, dead: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(ALL)
        return len(queries)

    asked()
    few = asked()
    for number in range(3, 10):
        _dead(district, f"WO-{number}", "work")

    assert asked() == few <= 13
