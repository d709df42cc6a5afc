"""Every kind of notification can be found among the preferences."""

from __future__ import annotations

import re
from pathlib import Path

from assignments import services
from assignments.services.records.kinds import ALL
from notifications.wire import kinds

NAMED = re.compile(r'\bkind=f?"([a-z-]+\.[a-z]+|run\.)')


def test_what_is_told_is_of_a_kind_that_people_can_choose_for():
    sources = [path.read_text() for path in Path(services.__path__[0]).rglob("*.py")]

    told = {name for source in sources for name in NAMED.findall(source)}

    assert {"order.emergency", "assignment.red", "run."} <= told
    assert [name for name in sorted(told) if kinds.find(name) is None] == []


def test_what_concerns_safety():
    assert {kind.name for kind in ALL if kind.safety} == {"order.emergency", "assignment.red", "storm", "account"}
    assert kinds.find("storm.declared") == kinds.find("storm.ended") == kinds.find("storm")
