"""One suggestion run from its claim to its end: gather, snapshot, plan, store; nothing slow inside a transaction."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from assignments import models
from assignments.engine import planning
from assignments.engine.domain.plans import Figures
from assignments.engine.domain.restoring import Restoration
from assignments.services import gathering
from assignments.services.inputs import consequences, parting
from assignments.services.runs import rejected, running, shown, suggesting
from assignments.services.snapshots import routing, snapshotting
from assignments.tasks import beside, holding, process

logger = logging.getLogger(__name__)

# Sources that have not answered by then are late: the run goes on with what is known of them.
GATHER_SECONDS = 60.0
SEED = 1
# SQLite lets writers in by chance, and who waits looks for the lock every 20 ms. Batch after batch without a pause, the
# manager who cancels the run would wait for the last of them.
_TURN_SECONDS = 0.025
# Times at which a run tells how many customers are back by then; a storm's plan has hundreds.
_MOST_TIMES = 24

Status = models.SuggestionRun.Status


class Interrupted(Exception):
    """The process was asked to stop; the run is given back and begins anew elsewhere."""


def claim_and_execute(
    *,
    run_id: Any = None,
    owner: str | None = None,
    now_fn: Callable[[], datetime] = process.now,
    stop: Callable[[], bool] = process.is_stopping,
) -> models.SuggestionRun | None:
    """The run worked on, in the state it was left in; None when none was to be had."""
    owner = owner or process.owner()
    run = running.claim(owner=owner, now=now_fn(), run_id=run_id)
    if run is None:
        return None
    began = time.monotonic()
    process.say(f"run {run.pk} for {run.district.code} {run.day}: taken up")
    execute(run=run, owner=owner, now_fn=now_fn, stop=stop)
    run.refresh_from_db()
    process.say(_line(run, time.monotonic() - began))
    return run


def execute(*, run: models.SuggestionRun, owner: str, now_fn: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Works on a claimed run until it has ended, is lost, or has to be given back."""
    with holding.Hold(run=run, owner=owner, now_fn=now_fn, asked_to_stop=stop) as hold:
        try:
            _execute(run, owner, now_fn, hold)
        except running.RunLost as lost:
            process.say(f"run {run.pk}: {lost}")
        except Interrupted:
            running.release(run=run, owner=owner, now=now_fn())
        except DatabaseError:
            # The database is the one thing no run can do without; the lease ends by itself if this fails as well.
            running.release(run=run, owner=owner, now=now_fn())
            raise
        except Exception:
            logger.exception("Run %s failed", run.pk)
            _fail(run, owner, now_fn())


def _execute(run: models.SuggestionRun, owner: str, now_fn: Callable[[], datetime], hold: holding.Hold) -> None:
    def moved_on() -> None:
        running.progressed(run=run, owner=owner, now=now_fn())

    gathered = gathering.gather(run=run, now_fn=now_fn, deadline=GATHER_SECONDS, stop=hold.stop, on_change=moved_on)
    _go_on(run, hold)
    if overlong := parting.overlong(run.district, now_fn()):
        # The roster is known by now: what it has no shift for is cut before it is planned.
        _persist(consequences.follow, order_ids=overlong, crew_ids=(), now=now_fn())
    routed = _route(run, owner, now_fn, hold)
    _go_on(run, hold)
    running.advance(run=run, owner=owner, to=Status.SCREENING, now=now_fn())
    snapshot, basis = _snapshot(run, now_fn(), hold, routed)
    total = len(snapshot.problem.jobs)
    running.advance(run=run, owner=owner, to=Status.SCORING, now=now_fn(), orders_total=total, basis=basis)
    figures, moved = _plan(run, owner, now_fn, hold, snapshot)
    _go_on(run, hold)
    _persist(running.finish, run=run, owner=owner, partial=gathered.partial, figures=figures, moved=moved, now=now_fn())


def _route(
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
    _go_on(run, hold)
    raise Interrupted(f"Run {run.pk} is given back.")


def _plan(
    run: models.SuggestionRun,
    owner: str,
    now_fn: Callable[[], datetime],
    hold: holding.Hold,
    snapshot: snapshotting.Snapshot,
) -> tuple[dict[str, Any], list[models.MovedOrder]]:
    """The figures of the plan and what it has moved, after each batch was stored as it came."""
    problem, seconds = snapshot.problem, settings.IMPROVE_SECONDS
    telling = _Telling(
        horizon=run.horizon_starts_at,
        improve_seconds=planning.improving_seconds(len(problem.jobs), seconds),
        rejected=len(problem.rejected),
        shown=len(problem.shown),
    )
    ranked, moved = 0, list[models.MovedOrder]()

    def batches(stop: beside.Stop) -> Iterator[planning.ResultBatch]:
        return planning.plan(problem, seed=SEED, stop=stop, enough=hold.is_kept, seconds=seconds)

    for batch in beside.results(batches, stop=hold.stop):
        _go_on(run, hold)
        if batch.stage == planning.Stage.RANKED:
            ranked = batch.done
        if batch.jobs:
            whole = batch.stage == planning.Stage.RANKED or batch.done == batch.total
            _persist(
                suggesting.store_batch,
                run=run, owner=owner, jobs=batch.jobs, ranked=ranked, snapshot=snapshot, whole=whole, now=now_fn(),
            )  # fmt: skip
            _let_others_write()
        if batch.moved:
            moved = shown.rows(run=run, moved=batch.moved, snapshot=snapshot)
        if figures := telling.of(batch):
            _persist(running.progressed, run=run, owner=owner, figures=figures, now=now_fn())
    return telling.last, moved


@dataclass(slots=True)
class _Telling:
    """The figures that a batch makes worth telling."""

    horizon: datetime
    """Its start."""
    improve_seconds: float
    rejected: int
    """Rejections that the run passes over."""
    shown: int
    """Orders of the plan that people see, which it starts from."""
    plans: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    """Of the plan stored last."""
    _began: float = field(default_factory=time.monotonic)

    def of(self, batch: planning.ResultBatch) -> dict[str, Any]:
        """None, unless the batch is the last of a plan or says how far the improvement has come."""
        plan = batch.plan.figures if batch.plan else batch.figures
        if batch.stage == planning.Stage.RANKED or (batch.jobs and batch.done < batch.total):
            return {}
        if plan and (batch.jobs or not self.plans):
            self.plans += 1
        if plan:
            self.last = self._figures(plan)
        self.last |= {"improved_percent": round(100 * batch.share), "seconds": self._seconds}
        if plan and batch.as_shown:
            self.last |= {"moved": self._moved(len(batch.moved), plan, batch.as_shown)}
        return {} if batch.plan else self.last

    @property
    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 1)

    def _figures(self, plan: Figures) -> dict[str, Any]:
        return {
            "plan": self.plans,
            "whole": True,
            "served_percent": round(plan.served_weight, 1),
            "travel_hours": round(plan.travel_hours, 1),
            "improve_seconds": round(self.improve_seconds, 1),
            "rejected": self.rejected,
            **self._customers(plan.restoration),
        }

    def _moved(self, orders: int, plan: Figures, before: Figures) -> dict[str, Any]:
        """The number of orders moved, and what the plan gained by that."""
        minutes = plan.restoration.customer_minutes - before.restoration.customer_minutes
        return {
            "shown": self.shown,
            "orders": orders,
            "planned": plan.planned - before.planned,
            "travel_hours": round(plan.travel_hours - before.travel_hours, 1),
            "customer_minutes": minutes,
        }

    def _customers(self, restored: Restoration) -> dict[str, Any]:
        if not restored.customers_out:
            return {}
        # Evenly, and the last of them.
        told = restored.back[:: -(len(restored.back) // _MOST_TIMES + 1)][::-1]
        back = [[(self.horizon + timedelta(seconds=at)).isoformat(), count] for at, count in told]
        return {
            "customers_out": restored.customers_out,
            "customer_minutes": restored.customer_minutes,
            "customers_back": back,
        }


def _go_on(run: models.SuggestionRun, hold: holding.Hold) -> None:
    """Between two steps. Raises RunLost, Interrupted."""
    if hold.is_lost:
        raise running.RunLost("cancelled, or taken over by another worker")
    if hold.stop():
        raise Interrupted(f"Run {run.pk} is given back.")


def _let_others_write() -> None:
    if connection.vendor == "sqlite":
        time.sleep(_TURN_SECONDS)


def _persist(service: Callable[..., Any], **arguments: Any) -> None:
    """Calls the service again when PostgreSQL chose its transaction to break a deadlock, or SQLite stayed locked."""
    retrying = Retrying(
        retry=retry_if_exception_type(OperationalError),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        reraise=True,
    )
    retrying(service, **arguments)


def _fail(run: models.SuggestionRun, owner: str, now: datetime) -> None:
    sentence = "An error in Lineup ended the planning. Start it again; if that fails too, tell an administrator."
    with contextlib.suppress(running.RunLost):
        running.fail(run=run, owner=owner, error=sentence, now=now)


def _line(run: models.SuggestionRun, seconds: float) -> str:
    done = f"{run.orders_ranked} of {run.orders_total} orders ranked, {run.orders_in_plan} in the plan"
    return (
        f"run {run.pk} for {run.district.code} {run.day}: {run.get_status_display().lower()}, {done}, {seconds:.1f} s"
    )
