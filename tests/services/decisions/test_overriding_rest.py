"""Rest limits are an agreement's: the rule set in force says who may go beyond them, and for which work.

Two hours of duty are all that the agreement of this rule set leaves; at nine there would have been three.
"""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import overriding
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db

Code = models.Assignment.OverrideCode
Priority = models.WorkOrder.Priority


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


def override(order: models.WorkOrder, shift: models.Shift, by: Any) -> models.Assignment:
    """As somebody does who has looked at the page."""
    seen = overriding.look(order=order, shift=shift, starts_at=at("08:00"), now=NOW)
    return overriding.override(
        order=order, shift=shift, starts_at=at("08:00"), rules=seen.rules, fingerprint=seen.fingerprint,
        code=Code.HELP_ON_SITE, reason="Rested in the truck", by=by, now=NOW,
    )  # fmt: skip


@pytest.fixture
def rested(order, shift):
    models.WorkOrder.objects.update(crew_size=1, materials_ready=True, status="READY", priority=Priority.EMERGENCY)
    models.RuleSet.objects.update(max_work_hours_in_24=2, rest_agreement="Local 51, article 16.5")
    order.refresh_from_db()
    return order


def test_may_not_be_overridden_by_anybody_unless_the_agreement_says_so(rested, shift, mara):
    seen = overriding.look(order=rested, shift=shift, starts_at=at("08:00"), now=NOW)

    [broken] = seen.forbidden
    assert (broken.rule, broken.basis, broken.source) == ("rest", "agreement", "Local 51, article 16.5")
    with pytest.raises(overriding.LawForbids, match=r"Rest \(Local 51, article 16.5\): .* Nobody may override it"):
        override(rested, shift, mara)


def test_may_be_overridden_by_the_authority_of_the_rule_set(rested, shift, mara):
    models.RuleSet.objects.update(rest_authority="manager")

    assignment = override(rested, shift, mara)

    assert assignment.override_rules == ["rest"]
    [entry] = models.AuditEntry.objects.filter(verb="assignment.overridden")
    assert (entry.actor, entry.after["rules"]) == (mara, ["rest"])


def test_is_overridden_for_emergencies_alone_unless_for_any_work(rested, shift, mara):
    models.RuleSet.objects.update(rest_authority="manager")
    models.WorkOrder.objects.update(priority=Priority.NORMAL)

    def is_possible() -> bool:
        order = models.WorkOrder.objects.get(pk=rested.pk)
        return overriding.look(order=order, shift=shift, starts_at=at("08:00"), now=NOW).is_possible

    assert not is_possible()
    models.RuleSet.objects.update(rest_override_for_any_work=True)
    assert is_possible()


def test_follows_the_rule_set_of_a_storm(rested, shift):
    factories.StormFactory(
        district=rested.district, rule_set__max_work_hours_in_24=2, rule_set__rest_authority="manager"
    )
    rested.district.refresh_from_db()

    assert overriding.look(order=rested, shift=shift, starts_at=at("08:00"), now=NOW).is_possible
