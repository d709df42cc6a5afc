"""The board's order of risk and the engine's priorities are one decision, made in SQL and in Python."""

from __future__ import annotations

from itertools import product

import pytest

from assignments import models
from assignments.engine.domain.problem import PriorityClass
from assignments.queries import storms, work_queue
from assignments.services.snapshots import snapshotting
from tests import factories
from tests.factories import DAY, NOW, at

pytestmark = pytest.mark.django_db

KINDS = {"TROUBLE": "URGENT", "INSPECTION": "LOW"}


@pytest.fixture
def storm(district):
    return factories.StormFactory(
        district=district, rule_set__kind_priorities=KINDS, rule_set__emergency_customers=500,
        rule_set__urgent_customers=50,
    )  # fmt: skip


def snapshot_of(district):
    return snapshotting.problem_for(district=district, start=at("00:00"), end=at("00:00", days=1), now=NOW)


def test_sql_and_engine_agree_on_every_order(district, storm):
    cases = product(["TROUBLE", "INSPECTION", "CORRECTIVE"], models.WorkOrder.Priority, [0, 49, 50, 499, 500])
    for kind, priority, customers in cases:
        factories.OrderFactory(district=district, kind=kind, priority=priority, customers_out=customers)

    ranked = models.WorkOrder.objects.by_risk([district])

    planned = {job.id: job.priority for job in snapshot_of(district).problem.jobs}
    assert {order.pk: order.urgency for order in ranked} == planned
    assert all(order.urgency == order.urgency_in_force for order in ranked.select_related("district__storm"))


def test_normally_every_order_says_itself(district):
    factories.OrderFactory(district=district, kind="TROUBLE", priority=3, customers_out=5_000)

    (job,) = snapshot_of(district).problem.jobs

    assert job.priority is PriorityClass.NORMAL


def test_the_board_puts_first_what_the_storm_does(district, storm):
    high = factories.OrderFactory(district=district, priority=2)
    trouble = factories.OrderFactory(district=district, priority=3, kind="TROUBLE")
    dark = factories.OrderFactory(district=district, priority=4, customers_out=900)

    assert list(work_queue.queue(district, DAY, NOW)) == [dark, trouble, high]

    district.storm = None
    assert list(work_queue.queue(district, DAY, NOW)) == [high, trouble, dark]


def test_each_district_has_its_own(district, elsewhere, storm):
    here = factories.OrderFactory(district=district, priority=4, customers_out=900)
    there = factories.OrderFactory(district=elsewhere, priority=1, customers_out=900)

    assert list(models.WorkOrder.objects.by_risk([district, elsewhere])) == [here, there]
    assert list(models.WorkOrder.objects.by_risk([elsewhere])) == [there, here]


def test_what_a_storm_would_change_is_counted(district, storm):
    district.storm = None
    factories.OrderFactory(district=district, priority=4, customers_out=900)
    factories.OrderFactory(district=district, kind="INSPECTION", priority=2)
    factories.OrderFactory(district=district, status="COMPLETED", customers_out=900)

    effect = storms.effect_of(district, storm.rule_set)

    assert (effect.suggestions, effect.more_urgent, effect.less_urgent) == (0, 1, 1)
