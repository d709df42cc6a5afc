from __future__ import annotations

import pytest

from assignments.engine.domain.priorities import Priorities
from assignments.engine.domain.problem import PriorityClass

STORM = Priorities(
    kinds={"trouble": PriorityClass.URGENT, "inspection": PriorityClass.LOW},
    emergency_customers=500,
    urgent_customers=50,
)
EMERGENCY, URGENT, HIGH, NORMAL, LOW = PriorityClass


@pytest.mark.parametrize(
    ("kind", "stated", "customers", "under_storm"),
    [
        ("corrective", HIGH, 0, HIGH),
        ("trouble", NORMAL, 0, URGENT),
        ("inspection", HIGH, 0, LOW),
        ("inspection", EMERGENCY, 0, EMERGENCY),
        ("corrective", LOW, 49, LOW),
        ("corrective", LOW, 50, URGENT),
        ("corrective", LOW, 499, URGENT),
        ("corrective", LOW, 500, EMERGENCY),
        ("inspection", LOW, 50, URGENT),
    ],
)
def test_the_rules_say_how_urgent_work_is(kind, stated, customers, under_storm):
    assert STORM.of(kind, stated, customers) is under_storm


@pytest.mark.parametrize("stated", list(PriorityClass))
def test_without_data_every_order_says_itself(stated):
    assert Priorities().of("trouble", stated, 10_000) is stated
