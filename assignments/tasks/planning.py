"""One suggestion run from its claim to its end: snapshot, plan, store, and again when sources have brought something;
nothing slow inside a transaction."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import DatabaseError

from assignments import models
from assignments.services.inputs import consequences, parting
from assignments.services.runs import running
from assignments.tasks import holding, process, rounds
from notifications.services import connections, held_rows

logger = logging.getLogger(__name__)

Status = models.SuggestionRun.Status


def claim_and_execute(
    *,
    owner: str | None = None,
    now_fn: Callable[[], datetime] = process.now,
    stop: Callable[[], bool] = process.is_stopping,
) -> models.SuggestionRun | None:
    """The run worked on, in the state it was left in; None when none was to be had."""
    owner = owner or process.owner()
    run = running.claim(owner=owner, now=now_fn())
    if run is None:
        return None
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(run=str(run.pk)):
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
        except rounds.Interrupted:
            running.release(run=run, owner=owner, now=now_fn())
        except DatabaseError as error:
            if connections.is_busy(error):
                # Begun anew when the lease has ended; meanwhile others are planned.
                held_rows.note(f"Run {run.pk}")
                return
            # The database is the one thing no run can do without; the lease ends by itself if this fails as well.
            running.release(run=run, owner=owner, now=now_fn())
            raise
        except Exception:
            logger.exception("Run %s failed", run.pk)
            _fail(run, owner, now_fn())


def _execute(run: models.SuggestionRun, owner: str, now_fn: Callable[[], datetime], hold: holding.Hold) -> None:
    """Plans with what is known, and again when sources have brought something since."""
    state = rounds.Rounds(run, owner, now_fn, hold)
    state.begin()
    if overlong := parting.overlong(run.district, now_fn()):
        # The roster is known: what it has no shift for is cut before it is planned.
        rounds.persist(consequences.follow, order_ids=overlong, crew_ids=(), now=now_fn())
    routed = rounds.route(run, owner, now_fn, hold)
    rounds.go_on(run, hold)
    running.advance(run=run, owner=owner, to=Status.SCREENING, now=now_fn())
    state.plan(routed)
    while state.wait():
        state.plan(rounds.route(run, owner, now_fn, hold))
    rounds.go_on(run, hold)
    state.finish()


def _fail(run: models.SuggestionRun, owner: str, now: datetime) -> None:
    sentence = "An error in Lineup ended the planning. Start it again; if that fails too, tell an administrator."
    with contextlib.suppress(running.RunLost):
        running.fail(run=run, owner=owner, error=sentence, now=now)


def _line(run: models.SuggestionRun, seconds: float) -> str:
    done = f"{run.orders_ranked} of {run.orders_total} orders ranked, {run.orders_in_plan} in the plan"
    return (
        f"run {run.pk} for {run.district.code} {run.day}: {run.get_status_display().lower()}, {done}, {seconds:.1f} s"
    )
