"""Decisions keep room for the breaks of a shift, and only the authority of the agreement may take it."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import overriding
from tests import factories
from tests.factories import NOW, at

Code = models.Assignment.OverrideCode


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    """From 06:00, with approved work at the base but for 09:00 to 10:15; a meal begins from 09:30 on and by 12:00."""
    factories.RuleSetBreakFactory(rule_set=district.rule_set)
    crew = factories.CrewFactory(district=district, name="Line 1")
    shift = factories.ShiftFactory(crew=crew)
    for start, end in (("06:30", "09:00"), ("10:15", "12:15")):
        order = factories.OrderFactory(district=district, status="SCHEDULED", **here(crew))
        times = {"starts_at": at(start), "ends_at": at(end), "departs_at": at(start)}
        factories.AssignmentFactory(order=order, shift=shift, **times)
    return shift


@pytest.fixture
def order(shift: models.Shift) -> models.WorkOrder:
    """An hour of emergency work at the base."""
    ready = {
        "crew_size": 1,
        "materials_ready": True,
        "status": "READY",
        "priority": models.WorkOrder.Priority.EMERGENCY,
    }
    return factories.OrderFactory(district=shift.crew.district, number="WO-1", **ready, **here(shift.crew))


def here(crew: models.Crew) -> dict[str, Any]:
    return {"latitude": crew.latitude, "longitude": crew.longitude}


def look(order: models.WorkOrder, shift: models.Shift) -> Any:
    return overriding.look(order=order, shift=shift, starts_at=at("09:00"), now=NOW)


def override(order: models.WorkOrder, shift: models.Shift, by: Any) -> models.Assignment:
    seen = look(order, shift)
    return overriding.override(
        order=order, shift=shift, starts_at=at("09:00"), rules=seen.rules, fingerprint=seen.fingerprint,
        code=Code.HELP_ON_SITE, reason="They eat at the site", by=by, now=NOW,
    )  # fmt: skip


def test_work_that_takes_the_break_is_forbidden_unless_the_agreement_says_otherwise(order, shift, mara):
    [broken] = look(order, shift).forbidden

    assert (broken.rule, broken.basis) == ("break", "agreement")
    with pytest.raises(overriding.LawForbids, match="no room for its meal break"):
        override(order, shift, mara)
    assert not models.Assignment.objects.filter(order=order).exists()


def test_its_authority_may_answer_for_it_and_further_work_is_not_asked_again(order, shift, mara):
    models.RuleSet.objects.update(rest_authority="manager")
    order = models.WorkOrder.objects.get(pk=order.pk)

    assert override(order, shift, mara).override_rules == ["break"]

    other = factories.OrderFactory(district=order.district, status="READY", crew_size=1, **here(shift.crew))
    assert overriding.look(order=other, shift=shift, starts_at=at("13:00"), now=NOW).forbidden == ()
