"""The plans of one run: the first at once with what is known, the next when sources have brought something."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from assignments import models
from assignments.engine import planning
from assignments.engine.ranking.candidates import RankedJob
from assignments.services.following import leasing, lines
from assignments.services.runs import rejected, running, shown, suggesting
from assignments.services.snapshots import routing, snapshotting
from assignments.tasks import beside, following, holding, plan_figures, process

# Sources that have not answered by then are late: the run ends with what is known of them.
SOURCE_SECONDS = 60.0
MOST_ROUNDS = 6
"""Plans that a run makes while sources bring something."""
LOOK_SECONDS = 0.3
"""Between two looks at how the sources stand."""
SEED = 1
_TURN_SECONDS = 0.025
"""Of a pause after each batch: without one, the manager who cancels the run would wait for the last of them."""

Status = models.SuggestionRun.Status


class Interrupted(Exception):
    """The process was asked to stop; the run is given back and begins anew elsewhere."""


@dataclass(slots=True)
class Rounds:
    """The plans of one run, each made with what was known when it began."""

    run: models.SuggestionRun
    owner: str
    now_fn: Callable[[], datetime]
    hold: holding.Hold
    sources: lines.RunSources = field(default_factory=lambda: lines.RunSources((), moved=False, changed_at=None))
    number: int = 0
    basis: str = ""
    taken_at: datetime | None = None
    """When the rows of the last plan were read."""
    answered: int = 0
    """Sources that had answered by then."""
    telling: plan_figures.PlanTelling | None = None
    moved: list[models.MovedOrder] = field(default_factory=list)
    _looked: float = 0.0
    _is_due: bool = False
    _began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Lets the sources be read now, and says as of when each is known."""
        leasing.ask(now=self.now_fn())
        following.look()
        with transaction.atomic():
            self.sources = lines.begin(run=self.run, now=self.now_fn())
            running.progressed(run=self.run, owner=self.owner, now=self.now_fn())

    def look(self) -> None:
        """Looks how the sources stand, now and then, and tells it."""
        if time.monotonic() - self._looked < LOOK_SECONDS or not self.sources.lines:
            return
        self._looked = time.monotonic()
        with transaction.atomic():
            self.sources = lines.look(run=self.run, lines=self.sources.lines, now=self.now_fn())
            if self.sources.moved:
                running.progressed(run=self.run, owner=self.owner, now=self.now_fn())
        if self._has_changed and self._answered > self.answered:
            self._is_due = True

    @property
    def _has_changed(self) -> bool:
        changed = self.sources.changed_at
        return changed is not None and self.taken_at is not None and changed >= self.taken_at

    @property
    def _answered(self) -> int:
        return sum(line.status == line.Status.DONE for line in self.sources.lines)

    def is_enough(self) -> bool:
        """Whether the plan need not be improved: it is kept, or about to be made anew."""
        return self.hold.is_kept() or self._is_due

    def wait(self) -> bool:
        """Whether another plan is to be made, once a source has brought something or no more is awaited."""
        while not self._is_due and self._may_wait():
            self.look()
            if not self._is_due:
                time.sleep(_TURN_SECONDS)
        return not self.hold.stop() and not self.hold.is_kept() and self._has_changed and self.number < MOST_ROUNDS

    def _may_wait(self) -> bool:
        if self.hold.stop() or self.hold.is_kept() or self.hold.waits_no_longer() or not self.sources.awaited:
            return False
        others = models.SuggestionRun.objects.claimable(self.now_fn()).exclude(pk=self.run.pk)
        return time.monotonic() - self._began < SOURCE_SECONDS and not others.exists()

    def plan(self, routed: routing.GatheredDrives | None) -> None:
        """Makes a plan and stores it as it comes; nothing when nothing has changed in what it is made of."""
        stale = suggesting.stale(run=self.run)
        self._is_due, self.taken_at, self.answered = False, self.now_fn(), self._answered
        snapshot, basis = _snapshot(self.run, self.taken_at, self.hold, routed)
        self.number += 1
        if basis == self.basis:
            return
        self.basis, total = basis, len(snapshot.problem.jobs)
        counters: dict[str, Any] = {"now": self.now_fn(), "orders_total": total, "basis": basis}
        if self.number == 1:
            running.advance(run=self.run, owner=self.owner, to=Status.SCORING, **counters)
        else:
            suggesting.clear(run=self.run, pks=stale)
            running.plans_again(run=self.run, owner=self.owner, **counters)
        self._make(snapshot)
        go_on(self.run, self.hold)

    def _make(self, snapshot: snapshotting.Snapshot) -> None:
        problem = snapshot.problem
        if self.telling is None:
            self.telling = plan_figures.PlanTelling(self.run.horizon_starts_at, 0.0, 0, 0)
        self.telling.improve_seconds = planning.improving_seconds(len(problem.jobs), settings.IMPROVE_SECONDS)
        self.telling.rejected, self.telling.shown = len(problem.rejected), len(problem.shown)

        def batches(stop: beside.Stop) -> Iterator[planning.ResultBatch]:
            return planning.plan(problem, seed=SEED, stop=stop, enough=self.is_enough, seconds=settings.IMPROVE_SECONDS)

        storing = _Storing(self.run, self.owner, self.now_fn, snapshot, is_again=self.number > 1)
        for batch in beside.results(batches, stop=self.hold.stop):
            go_on(self.run, self.hold)
            storing.take(batch)
            if batch.moved:
                self.moved = shown.rows(run=self.run, moved=batch.moved, snapshot=snapshot)
            if figures := self.telling.of(batch):
                persist(running.progressed, run=self.run, owner=self.owner, figures=figures, now=self.now_fn())
            self.look()

    def finish(self) -> None:
        with transaction.atomic():
            self.sources = lines.give_up(lines=self.sources.lines, now=self.now_fn())
        persist(
            running.finish, run=self.run, owner=self.owner, partial=self.sources.are_partial,
            figures=self.telling.last if self.telling else {}, moved=self.moved, now=self.now_fn(),
        )  # fmt: skip


@dataclass(slots=True)
class _Storing:
    """Stores the batches of a plan. One that is made again shows nothing before it is complete: the plan before
    stands until then."""

    run: models.SuggestionRun
    owner: str
    now_fn: Callable[[], datetime]
    snapshot: snapshotting.Snapshot
    is_again: bool
    ranked: int = 0
    _held: dict[int, RankedJob] = field(default_factory=dict)

    def take(self, batch: planning.ResultBatch) -> None:
        if batch.stage == planning.Stage.RANKED:
            self.ranked = batch.done
            if self.is_again:
                self._held |= {job.job_id: job for job in batch.jobs}
                return
        if batch.jobs:
            whole = batch.stage == planning.Stage.RANKED or batch.done == batch.total
            self._store(batch.jobs, whole=whole and not self._held)
            for job in batch.jobs:
                self._held.pop(job.job_id, None)
        if self._held and batch.done == batch.total:
            rest, self._held = list(self._held.values()), {}
            for at in range(0, len(rest), planning.BATCH):
                self._store(rest[at : at + planning.BATCH], whole=at + planning.BATCH >= len(rest))

    def _store(self, jobs: Sequence[RankedJob], *, whole: bool) -> None:
        persist(
            suggesting.store_batch,
            run=self.run, owner=self.owner, jobs=jobs, ranked=self.ranked, snapshot=self.snapshot, whole=whole,
            now=self.now_fn(),
        )  # fmt: skip
        process.let_others_write(_TURN_SECONDS)


def route(
    run: models.SuggestionRun, owner: str, now_fn: Callable[[], datetime], hold: holding.Hold
) -> routing.GatheredDrives | None:
    """The known drives, published as the run's figures."""

    def told(so_far: routing.GatheredDrives) -> None:
        running.progressed(run=run, owner=owner, now=now_fn(), figures=so_far.figures)

    routed = routing.gather(run=run, now_fn=now_fn, stop=hold.stop, on_change=told)
    if routed is not None:
        told(routed)
        if routed.error:
            process.say(f"run {run.pk}: the routing server {routed.error}; {routed.estimated} drives are estimated")
    return routed


def _snapshot(
    run: models.SuggestionRun, now: datetime, hold: holding.Hold, routed: routing.GatheredDrives | None
) -> tuple[snapshotting.Snapshot, str]:
    """The snapshot with the plan that people see, and its digest."""

    def read(_: beside.Stop) -> Iterator[tuple[snapshotting.Snapshot, str]]:
        snapshot = snapshotting.problem_for(
            district=run.district,
            start=run.horizon_starts_at,
            end=run.horizon_ends_at,
            now=now,
            roads=routed.roads if routed else None,
        )
        snapshot = rejected.left_out(snapshot=snapshot)
        basis = snapshot.basis
        yield shown.known(snapshot=snapshot, run=run, basis=basis), basis

    for found in beside.results(read, stop=hold.stop):
        return found
    go_on(run, hold)
    raise Interrupted(f"Run {run.pk} is given back.")


def go_on(run: models.SuggestionRun, hold: holding.Hold) -> None:
    """Between two steps. Raises RunLost, Interrupted."""
    if hold.is_lost:
        raise running.RunLost("cancelled, or taken over by another worker")
    if hold.stop():
        raise Interrupted(f"Run {run.pk} is given back.")


def persist(service: Callable[..., Any], **arguments: Any) -> None:
    """Calls the service again when PostgreSQL chose its transaction to break a deadlock, or SQLite stayed locked."""
    retrying = Retrying(
        retry=retry_if_exception_type(OperationalError),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        reraise=True,
    )
    retrying(service, **arguments)
