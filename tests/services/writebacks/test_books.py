"""Whatever is decided and whatever fails on the way: in the end the book of each target is ours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments import models
from assignments.services.decisions import booking, guards, pinning
from assignments.services.writebacks import writing_back
from tests import examples, factories
from tests.downstream.conftest import ScriptedSystem
from tests.factories import NOW, at
from tests.services.writebacks import calls
from tests.services.writebacks.books import Entry, OwnBook, SimulatedBook, Troubled

pytestmark = pytest.mark.django_db
ORDERS, CREWS, HOURS = 4, 3, (7, 9, 11)

# A decision about an order, or a turn of a worker.
STEPS = (
    "give",
    "give tentatively",
    "move",
    "move",
    "take",
    "confirm",
    "pin",
    "pin",
    "work",
    "work",
    "work",
    "die",
    "answer late",
)
Step = tuple[str, int, int, int]
"""The step, the order, the crew and the hour."""


def steps_of(seed: int, count: int) -> list[Step]:
    """Drawn from a seed: what Hypothesis draws by itself is mostly short and plain."""
    draw = random.Random(seed)
    return [
        (draw.choice(STEPS), draw.randrange(ORDERS), draw.randrange(CREWS), draw.choice(HOURS)) for _ in range(count)
    ]


class Utility:
    """Managers who decide by the one place of bookings, and workers that tell two targets."""

    def __init__(self, district: models.District, by: Any, seed: int) -> None:
        self._by, self.now, self._random = by, NOW, random.Random(seed)
        self.orders = [factories.OrderFactory(district=district, number=f"W-{n}") for n in range(ORDERS)]
        self.crews = [factories.CrewFactory(district=district, name=f"Line {n}") for n in range(CREWS)]
        self.shifts = [factories.ShiftFactory(crew=crew) for crew in self.crews]
        self._flying: list[models.WriteBack] = []

    def step(self, what: str, order: int, crew: int, hour: int) -> None:
        self.now += timedelta(seconds=1)
        live = models.Assignment.objects.live().with_teams().filter(order=self.orders[order]).first()
        if what.startswith("give") and live is None:
            self._book(order, crew, hour, tentative=what != "give")
        elif what == "move" and live is not None:
            self._book(order, crew, hour, instead_of=live, tentative=live.status == "TENTATIVE")
        elif what == "take" and live is not None:
            booking.book(off=[live], reason="No", by=self._by, now=self.now)
        elif what == "confirm" and live is not None and live.status == "TENTATIVE":
            models.Assignment.objects.filter(pk=live.pk).transition("APPROVED")
            live.refresh_from_db()
            writing_back.confirm(assignment=live, now=self.now)
        elif what == "pin" and live is not None:
            (pinning.unpin if live.pinned else pinning.pin)(assignment=live, by=self._by, now=self.now)
        elif what == "work":
            self.work()
        elif what == "die":
            # Claimed by a worker that is never heard of again.
            calls.claim_due(owner="dead", now=self.now, limit=2)
        elif what == "answer late":
            self._flying += calls.claim_due(owner="slow", now=self.now, limit=1)

    def work(self) -> int:
        now = self.now
        rows = calls.claim_due(owner="worker", now=now, limit=8)
        # Side by side, so that any may come first.
        self._random.shuffle(rows)
        for row in rows:
            calls.deliver(write_back=row, owner="worker", now_fn=lambda: now)
        for row in self._flying:
            calls.deliver(write_back=row, owner="slow", now_fn=lambda: now)
        self._flying.clear()
        return len(rows)

    def book(self) -> set[Entry]:
        return {
            (row.order.number, str(row.crew_id), f"{row.starts_at:%d %H:%M}", row.status == "TENTATIVE")
            for row in models.Assignment.objects.live().leads().select_related("order")
        }

    def pinned(self) -> set[str]:
        return {str(row.pk) for row in models.Assignment.objects.live().leads().filter(pinned=True)}

    def _book(self, order: int, crew: int, hour: int, *, tentative: bool, instead_of: Any = None) -> None:
        start = at(f"{hour:02}:30")
        visit = booking.CrewVisit(self.crews[crew], self.shifts[crew].pk, start, start, start + timedelta(hours=2))
        work = booking.Work(self.orders[order], [visit], tentative)
        try:
            with booking.decided(order=self.orders[order], crews=[self.crews[crew]], instead_of=instead_of):
                off = [instead_of] if instead_of else []
                booking.book(on=[work], off=off, reason="Moved", by=self._by, now=self.now)
        except (guards.CrewTaken, guards.Pinned):
            return


@pytest.fixture(scope="module")
def systems() -> Iterator[list[ScriptedSystem]]:
    with ScriptedSystem() as one, ScriptedSystem() as two:
        yield [one, two]


@settings(examples.drawn(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**20), count=st.integers(10, 60))
def test_the_books_are_the_same(
    district: models.District, mara: Any, systems: list[ScriptedSystem], tmp_path_factory: Any, seed: int, count: int
) -> None:
    with transaction.atomic():
        _decide_and_tell(district, mara, systems, tmp_path_factory.mktemp("books"), seed, count)
        transaction.set_rollback(True)


def _decide_and_tell(
    district: models.District, by: Any, systems: list[ScriptedSystem], path: Path, seed: int, count: int
) -> None:
    utility = Utility(district, by, seed)
    own, simulated = OwnBook(), SimulatedBook(path / "store.sqlite3", [str(crew.pk) for crew in utility.crews])
    troubled = [Troubled(take, random.Random(seed + n)) for n, take in enumerate([own.take, simulated.take])]
    for n, (system, one) in enumerate(zip(systems, troubled, strict=True)):
        system.respond = one.respond
        factories.DownstreamSystemFactory(code=f"target-{n}", kind="WORK", base_url=system.url)
    for step in steps_of(seed, count):
        utility.step(*step)
    for one in troubled:
        one.is_healthy = True
    _tell_the_rest(utility)
    assert (own.refused, simulated.refused) == ([], [])
    assert own.book() == utility.book()
    assert simulated.book() == utility.book()
    assert {name for name, entry in own.entries.items() if entry.get("pinned")} == utility.pinned()
    simulated.close()
    assert not models.WriteBack.objects.filter(status="DEAD").exists()


def _tell_the_rest(utility: Utility) -> None:
    for _ in range(200):
        utility.now += timedelta(minutes=2)
        if not utility.work() and not models.WriteBack.objects.open().exists():
            return
    raise AssertionError("something is never told")
