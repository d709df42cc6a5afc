"""Payloads of real decisions: links, overrides and pins; each is what its JSON Schema promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from assignments import models
from assignments.downstream import outbound, schemas
from assignments.services.decisions import approving, moving, overriding, pinning, revoking
from tests import factories

pytestmark = pytest.mark.django_db

LATER_FIELDS = {"override", "pinned", "replaces", "replaced_by", "part", "parts"}


@pytest.fixture
def approved(suggestion, target, mara, now) -> models.Assignment:
    assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
    # The system may have heard of it, so that it hears of all that comes.
    models.WriteBack.objects.update(may_be_known=True)
    return assignment


def payloads() -> list[dict[str, Any]]:
    """All that is to be told, in order, each found valid."""
    found = list(models.WriteBack.objects.order_by("pk").values_list("payload", flat=True))
    for payload in found:
        jsonschema_rs.validate(schemas.documents()["booking"], payload)
        assert outbound.BookingMessage.model_validate(payload).assignment == payload["assignment"]
    return found


def test_a_decision_within_the_rules_says_nothing_of_what_it_is_not(approved, now):
    [payload] = payloads()

    assert LATER_FIELDS.isdisjoint(payload)
    assert (payload["approved_by"], payload["decided_at"]) == ("Mara Lindqvist", "2026-06-15T10:45:00Z")


def test_a_move_is_told_as_a_linked_pair(approved, jonas, now):
    other = factories.CrewFactory(district=approved.order.district, name="Line 2")
    factories.ShiftFactory(crew=other)
    order = models.WorkOrder.objects.get()

    new = moving.move(
        assignment=approved, crew=other, starts_at=approved.starts_at, version=order.version, by=jonas, now=now
    )

    _, revoke, assign = payloads()
    assert (revoke["action"], revoke["assignment"], revoke["replaced_by"]) == ("REVOKE", str(approved.pk), str(new.pk))
    assert (assign["action"], assign["assignment"], assign["replaces"]) == ("ASSIGN", str(new.pk), str(approved.pk))
    assert models.Assignment.objects.get(pk=new.pk).replaces == approved
    assert revoke["approved_by"] == assign["approved_by"] == "Jonas Okafor"


def test_what_is_taken_back_is_replaced_by_nothing(approved, mara, now):
    revoking.undo(assignment=approved, by=mara, now=now + timedelta(minutes=1))

    _, revoke = payloads()
    assert "replaced_by" not in revoke
    assert revoke["decided_at"] == "2026-06-15T10:46:00Z"


def test_a_pin_is_part_of_what_follows(approved, mara, now):
    pinning.pin(assignment=approved, by=mara, now=now)
    revoking.revoke(assignment=approved, reason="Wrong crew", by=mara, now=now)

    assign, *_, revoke = payloads()
    assert (assign.get("pinned"), revoke["pinned"]) == (None, True)


def test_an_override_names_rules_code_and_reason(district, target, mara, now):
    order = factories.OrderFactory(district=district, number="WO-9", crew_size=3)
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
    outlook = overriding.look(order=order, shift=shift, starts_at=None, now=now)
    assert outlook.is_possible

    overriding.override(
        order=order, shift=shift, starts_at=outlook.starts_at, rules=outlook.rules, fingerprint=outlook.fingerprint,
        code="HELP_ON_SITE", reason="Two from the yard", by=mara, now=now,
    )  # fmt: skip

    [payload] = payloads()
    assert payload["override"] == {
        "code": "HELP_ON_SITE", "rules": list(outlook.rules), "reason": payload["reason"],
    }  # fmt: skip
    assert "Two from the yard" in payload["reason"]


def test_the_codes_of_the_contract_are_those_of_decisions():
    assert set(outbound.OverrideCodeName.__args__) == set(models.Assignment.OverrideCode)  # type: ignore[attr-defined]
