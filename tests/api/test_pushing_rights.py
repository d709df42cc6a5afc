"""Records are pushed by their system alone, and into the districts of its token alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem, bearer, signed_in
from tests.api.pushes import outcomes, put, send
from tests.records import crew, order, permit


def test_the_audit_names_the_token(as_work: Client) -> None:
    send(as_work, order("W-1"), {"reference": "W-2"})
    send(as_work, order("W-1"))

    entry = models.AuditEntry.objects.get(verb="records.pushed")
    assert (entry.token_name, entry.after["stored"], entry.after["refused"]) == ("Work management", 1, 1)


@pytest.mark.parametrize("scopes", [["read", "suggest", "decide", "subscribe"], []])
def test_a_token_without_the_scope_pushes_nothing(work: Any, mara: Any, scopes: list[str]) -> None:
    factories.ApiTokenFactory(user=mara, secret="lineup_other", scopes=scopes, system=work)

    for response in (send(bearer("lineup_other"), order("W-1")), put(bearer("lineup_other"), "W-1", order("W-1"))):
        assert "push" in assert_problem(response, 403, "permission-denied")["detail"]


def test_people_and_nobody_push_nothing(work: Any, mara: Any) -> None:
    for client, status in ((signed_in(mara), 403), (Client(), 401), (bearer("lineup_guessed"), 401)):
        assert send(client, order("W-1")).status_code == status
        assert put(client, "W-1", order("W-1")).status_code == status
    assert not models.WorkOrder.objects.exists()


def test_another_system_does_not_exist_for_a_token(as_work: Client, mara: Any) -> None:
    factories.DownstreamSystemFactory(code="permits")
    factories.ApiTokenFactory(user=mara, secret="lineup_no_system", scopes=["push"])

    for to in ("/api/v1/inbound/permits/permits/", "/api/v1/inbound/work/permits/", "/api/v1/inbound/work/lamps/"):
        assert_problem(send(as_work, permit("P-1"), to=to), 404, "not-found")
        assert_problem(put(as_work, "P-1", permit("P-1"), to=to), 404, "not-found")
    assert_problem(send(bearer("lineup_no_system"), order("W-1")), 404, "not-found")


def test_a_disabled_system_pushes_nothing(as_work: Client, work: models.DownstreamSystem) -> None:
    models.DownstreamSystem.objects.filter(pk=work.pk).update(enabled=False)

    assert_problem(send(as_work, order("W-1")), 404, "not-found")


def test_a_viewer_pushes_nothing(work: Any, vic: Any) -> None:
    factories.ApiTokenFactory(user=vic, secret="lineup_vic", scopes=["push"], system=work)

    problem = assert_problem(send(bearer("lineup_vic"), order("W-1")), 403, "not-a-manager")

    assert "Vic Moreau" in problem["detail"]


def test_a_stranger_changes_nothing_of_the_district(as_work: Client, work: Any, stella: Any) -> None:
    send(as_work, order("W-1", number="N-1", title="Replace the pole"))
    factories.ApiTokenFactory(user=stella, secret="lineup_stella", scopes=["push"], system=work)
    client = bearer("lineup_stella")

    response = send(
        client,
        order("W-1", version=2, number="N-1", title="Stolen", district="SOUTH"),
        order("W-2", number="N-2"),
        order("W-3", number="N-3", district="SOUTH"),
        {"reference": "W-4", "district": "NORTH"},
    )

    assert outcomes(response) == [("W-1", "refused"), ("W-2", "refused"), ("W-3", "stored"), ("W-4", "refused")]
    fields = [one["field"] for one in response.json()["results"]]
    assert fields[:2] == ["reference", "district"]
    assert models.WorkOrder.objects.get(number="N-1").title == "Replace the pole"
    assert not models.RefusedRecord.objects.exists()


def test_what_belongs_to_rows_of_others_is_refused_and_does_not_wait(mara: Any, stella: Any) -> None:
    north = factories.OrderFactory(number="N-1", district__code="NORTH")
    south = factories.OrderFactory(number="S-1", district__code="SOUTH")
    register = factories.DownstreamSystemFactory(code="permits")
    factories.ApiTokenFactory(user=stella, secret="lineup_register", scopes=["push"], system=register)
    to, client = "/api/v1/inbound/permits/permits/", bearer("lineup_register")

    response = send(
        client, permit("P-1", order=north.number, number="1"), permit("P-2", order=south.number, number="2"),
        permit("P-3", order="N-404", number="3"), to=to,
    )  # fmt: skip

    assert outcomes(response) == [("P-1", "refused"), ("P-2", "stored"), ("P-3", "refused")]
    reasons = [one["reason"] for one in response.json()["results"]]
    assert (reasons[0], reasons[2]) == ("order N-1 is not known", "order N-404 is not known")
    assert not models.WaitingRecord.objects.exists()


def test_people_of_another_district_are_not_taken_into_a_crew(mara: Any, stella: Any) -> None:
    roster = factories.DownstreamSystemFactory(code="roster", kind="WORKFORCE")
    for reference, code in (("E-1", "NORTH"), ("E-2", "SOUTH")):
        factories.EmployeeFactory(source=roster, source_reference=reference, district__code=code)
    factories.ApiTokenFactory(user=stella, secret="lineup_roster", scopes=["push"], system=roster)

    response = send(
        bearer("lineup_roster"),
        crew("C-1", name="Line 1", district="SOUTH", foreman="E-2", members=("E-2", "E-1")),
        crew("C-2", name="Line 2", district="SOUTH", foreman="E-1", members=("E-2",)),
        crew("C-3", name="Line 3", district="SOUTH", foreman="E-2", members=("E-2",)),
        to="/api/v1/inbound/roster/crews/",
    )

    assert outcomes(response) == [("C-1", "refused"), ("C-2", "refused"), ("C-3", "stored")]
    results = response.json()["results"]
    assert [(one["field"], one["reason"]) for one in results[:2]] == [
        ("members", "employee E-1 is not known"), ("foreman", "employee E-1 is not known"),
    ]  # fmt: skip
