"""A run whose worker takes its time, and a manager's board that follows it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from assignments import models
from assignments.engine import planning
from assignments.services.records import events
from assignments.services.runs import running, suggesting
from assignments.services.snapshots import snapshotting
from notifications.models import Event
from tests import clock, factories
from tests.streams.gateways import Gateway
from tests.streams.tabs import until

OWNER = "worker"
Status = models.SuggestionRun.Status
Key = tuple[str, Any]
"""Identity of one event of a run: its name, and the run's version or the orders that it is about."""

LISTEN = """async ([key, address]) => {
    const { streams } = await import("/static/js/streams/registry.js");
    [window.told, window.states, window.openings] = [[], [], []];
    let isGreeted = false;
    const note = (name) => (data) => {
        // Each connection begins with how the run stands: that is no event.
        const to = isGreeted && name === "run.changed" ? openings : told;
        isGreeted = false;
        to.push([name, data.version ?? data.orders ?? data.reason ?? null, Date.now()]);
    };
    const handlers = { hello: () => { isGreeted = true; }, state: (state) => states.push(state) };
    for (const name of ["run.changed", "run.suggestions", "reset", "bye", "done"]) handlers[name] = note(name);
    streams.open(key, address, handlers);
}"""


class LongRun:
    """Asked for tomorrow; `committed` is when each of its events was, in seconds since 1970."""

    def __init__(self, district: models.District, manager: Any, *, orders: int) -> None:
        now = timezone.now()
        self.day = now.astimezone(district.zone).date() + timedelta(days=1)
        self.orders = [factories.OrderFactory(district=district) for _ in range(orders)]
        self.row, _ = running.request_run(district=district, day=self.day, by=manager, now=now)
        morning = self.row.horizon_starts_at + timedelta(hours=6)
        factories.ShiftFactory(crew__district=district, starts_at=morning)
        self._source = models.SourceProgress.objects.create(run=self.row, system=factories.DownstreamSystemFactory())
        self.committed: dict[Key, float] = {}

    @property
    def path(self) -> str:
        return f"/runs/{self.row.pk}/events/"

    @property
    def board(self) -> str:
        return f"/districts/{self.row.district.code}/board/?day={self.day}"

    @property
    def events(self) -> list[Key]:
        """Events of the log without the first, which was there before anybody looked."""
        rows = Event.objects.on([events.run_channel(self.row.pk)]).order_by("position")[1:]
        return [(row.type, row.data.get("orders", row.data.get("version"))) for row in rows]

    def take(self, *, gathering: float, silence: float, scoring: float, pause: float = 0.75) -> None:
        """Works through it in so many seconds, with a move after each pause but in the silence."""
        self._pace(self._gathering(), gathering, pause)
        time.sleep(silence)
        self._pace(self._scoring(), scoring, scoring / (len(self.orders) + 3))

    def _pace(self, moves: Iterator[Callable[[], Any]], seconds: float, pause: float) -> None:
        """Each move at its time, whatever the one before has cost."""
        started = time.monotonic()
        for number, move in enumerate(moves):
            if number * pause > seconds:
                return
            time.sleep(max(0, started + number * pause - time.monotonic()))
            known = len(self.events)
            move()
            committed = time.time()
            for key in self.events[known:]:
                self.committed[as_key(key)] = committed

    def _gathering(self) -> Iterator[Callable[[], Any]]:
        yield lambda: running.claim(owner=OWNER, now=timezone.now())
        while True:
            yield self._read_more

    def _read_more(self) -> None:
        self._source.status = self._source.Status.READING
        self._source.records += 50
        self._source.save()
        running.progressed(run=self.row, owner=OWNER, now=timezone.now())

    def _scoring(self) -> Iterator[Callable[[], Any]]:
        total = len(self.orders)
        advance = partial(running.advance, run=self.row, owner=OWNER)
        yield lambda: advance(to=Status.SCREENING, now=timezone.now())
        yield lambda: advance(to=Status.SCORING, now=timezone.now(), orders_total=total)
        start, end = self.row.horizon_starts_at, self.row.horizon_ends_at
        snapshot = snapshotting.problem_for(district=self.row.district, start=start, end=end, now=timezone.now())
        ranked = next(batch for batch in planning.plan(snapshot.problem) if batch.jobs).jobs
        store = partial(suggesting.store_batch, run=self.row, owner=OWNER, snapshot=snapshot)
        for number, job in enumerate(ranked, start=1):
            yield partial(store, jobs=[job], ranked=number, now=timezone.now())
        yield lambda: running.finish(run=self.row, owner=OWNER, partial=False, figures={}, now=timezone.now())


class Board:
    """The board of the run's day in a browser of its own, reached through a gateway."""

    def __init__(self, chromium: Browser, gateway: Gateway, person: Client, run: LongRun) -> None:
        self.gateway = gateway
        self._run = run
        self._context = clock.show(chromium.new_context(base_url=gateway.address))
        session = person.cookies["sessionid"].value
        self._context.add_cookies([{"name": "sessionid", "value": session, "url": gateway.address}])
        self.page = self._context.new_page()
        self.page.goto(run.board)
        self.page.evaluate(LISTEN, [f"run:{run.row.pk}", run.path])
        self.waits_until("live")
        self.page.evaluate("told.length = openings.length = states.length = 0")

    def waits_until(self, state: str) -> None:
        # The page lets nobody evaluate a text in it, so this is not for Playwright to wait for.
        until(lambda: self.page.evaluate("states.at(-1)") == state, state)

    def close(self) -> None:
        """Keeps what was told; from now on the gateway hears no more of it."""
        self.told: list[tuple[Key, float]] = [
            (as_key((name, about)), at / 1000) for name, about, at in self.page.evaluate("told")
        ]
        self.openings: list[int] = [version for _, version, _ in self.page.evaluate("openings")]
        self.states: list[str] = self.page.evaluate("states")
        self._context.close()

    @property
    def latest(self) -> float:
        """The longest that an event took from its commit to the page, in seconds."""
        return max(self._delays())

    @property
    def typical(self) -> float:
        """The median of the same."""
        return statistics.median(self._delays())

    def _delays(self) -> list[float]:
        return [at - self._run.committed[key] for key, at in self.told if key in self._run.committed]

    @property
    def cuts(self) -> int:
        """How often the gateway cut the run's stream."""
        return sum(cut.startswith(f"GET {self._run.path}") for cut in self.gateway.cuts)


def as_key(event: tuple[str, Any]) -> Key:
    name, about = event
    return name, tuple(about) if isinstance(about, list) else about
