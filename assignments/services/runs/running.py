"""The life of a suggestion run: requested once, worked on by one worker at a time, ended once.

Whoever works on a run holds a lease on it. Every write of a worker is conditional on still holding it, in the
transaction of the write: a worker that was paused for longer than its lease cannot spoil the work of its successor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse

from assignments import models
from assignments.queries import days
from assignments.services.records import auditing, events, hints, refusals
from assignments.services.runs import sharing, shown, suggesting
from notifications.services import held_rows, inbox

LEASE = timedelta(seconds=30)
DAYS_AHEAD = 14
# A run that took this many workers down with it is not handed to another.
MAX_ATTEMPTS = 5
WORKER = "Lineup worker"

Status = models.SuggestionRun.Status
RunLost = suggesting.RunLost


class DayOutOfReach(refusals.Refusal):
    """Only today and the next two weeks can be planned."""

    code = "day-out-of-reach"
    next_step = f"Choose today or a day up to {DAYS_AHEAD} days ahead."


class RunNotUnderWay(refusals.Refusal):
    """The run has ended, so there is nothing to cancel."""

    code = "run-not-under-way"
    next_step = "Look at its result, or start another run."


def request_run(*, district: models.District, day: date, by: Any, now: datetime) -> tuple[models.SuggestionRun, bool]:
    """The run under way for the district's day, and whether it was joined instead of started.

    Raises NotAManager, DayOutOfReach.
    """
    refusals.require_manager(by=by, district=district)
    _require_within_reach(district, day, now)
    while True:
        try:
            return _start(district, day, by, now), False
        except IntegrityError:
            # The database let one of two requests through; the run may also have ended since then.
            if run := models.SuggestionRun.objects.under_way().filter(district=district, day=day).first():
                return run, True


@transaction.atomic
def cancel_run(*, run: models.SuggestionRun, by: Any, now: datetime) -> models.SuggestionRun:
    """The run, cancelled; its worker lets go of it within half a second. Raises NotAManager, RunNotUnderWay."""
    refusals.require_manager(by=by, district=run.district)
    before = _rows(run).values_list("status", flat=True).get()
    if not _rows(run).transition(
        Status.CANCELLED, finished_at=now, version=F("version") + 1, **models.SuggestionRun.FREE
    ):
        run.refresh_from_db()
        raise RunNotUnderWay(f"The run for {run.day:%d %b} has already ended: {run.get_status_display().lower()}.")
    run.refresh_from_db()
    auditing.record(verb="run.cancelled", row=run, by=by, now=now, before={"status": before}, district=run.district)
    # Told before a thousand rows are.
    events.run_changed(run=run, now=now)
    suggesting.expire(run=run, now=now)
    return run


def claim(*, owner: str, now: datetime) -> models.SuggestionRun | None:
    """The run whose turn it is, now at gathering and leased to `owner`; None when there is none.

    What a worker before it had stored and nobody has decided on is discarded; but when a manager wants the plan kept
    that it had stored, the run ends with that plan. Runs that need a row which somebody else holds are passed over.
    """
    for run in sharing.in_turn(models.SuggestionRun.objects.claimable(now), now):
        if any(held_rows.each([run], lambda one: _claim(one, owner, now), name="Run")):
            return run
    return None


def _claim(run: models.SuggestionRun, owner: str, now: datetime) -> bool:
    """Whether it is the owner's to be worked on."""
    attempts = run.figures.get("attempts", 0) + 1
    with held_rows.brief():
        taken = _rows(run).claimable(now).filter(version=run.version)
        if attempts > MAX_ATTEMPTS:
            taken.claim(owner=owner, now=now, lasts=LEASE)
            fail(run=run, owner=owner, error=f"Planning was begun {MAX_ATTEMPTS} times and never ended.", now=now)
            return False
        if run.keep_asked_at and run.figures.get("whole"):
            if taken.claim(owner=owner, now=now, lasts=LEASE):
                late = run.sources.exclude(status=models.SourceProgress.Status.DONE)
                finish(run=run, owner=owner, partial=late.exists(), figures={}, now=now)
            return False
        begun: dict[str, Any] = {
            "status": Status.GATHERING, "started_at": Coalesce(F("started_at"), now), "version": F("version") + 1,
            "orders_total": 0, "orders_ranked": 0, "orders_in_plan": 0, "figures": {"attempts": attempts},
        }  # fmt: skip
        if not taken.ready_for(Status.GATHERING).claim(owner=owner, now=now, lasts=LEASE, **begun):
            return False
        suggesting.discard(run=run)
        run.refresh_from_db()
        events.run_changed(run=run, now=now)
    return True


def renew(*, run: models.SuggestionRun, owner: str, now: datetime) -> bool:
    """Whether the run is still this worker's; if so, for another lease."""
    return bool(_held(run, owner).renew(owner=owner, now=now, lasts=LEASE))


class RunHold(NamedTuple):
    """State that a worker must know of its run at every moment."""

    is_held: bool
    """Still this worker's: neither cancelled nor taken over."""
    is_kept: bool
    """A manager wants the best plan found by now and no better one."""
    waits_no_longer: bool = False
    """A manager wants it to wait for no source any longer."""


def standing(*, run: models.SuggestionRun, owner: str) -> RunHold:
    """The run's state for its worker, by one query."""
    found = _held(run, owner).values_list("keep_asked_at", "go_on_asked_at").first()
    if found is None:
        return RunHold(is_held=False, is_kept=False)
    return RunHold(is_held=True, is_kept=found[0] is not None, waits_no_longer=found[1] is not None)


def release(*, run: models.SuggestionRun, owner: str, now: datetime) -> None:
    """Gives the run back at once, for another worker to begin it anew."""
    _held(run, owner).release(owner=owner)


@transaction.atomic
def advance(*, run: models.SuggestionRun, owner: str, to: str, now: datetime, **counters: Any) -> models.SuggestionRun:
    """The run, at its next stage, with `counters` set. Raises RunLost."""
    _move(run, owner, to, lease_until=now + LEASE, **counters)
    events.run_changed(run=run, now=now)
    return run


@transaction.atomic
def plans_again(*, run: models.SuggestionRun, owner: str, now: datetime, **counters: Any) -> models.SuggestionRun:
    """The run, which makes another plan with what has come since the last, with `counters` set. Raises RunLost."""
    _hold(run, owner, lease_until=now + LEASE, **counters)
    events.run_changed(run=run, now=now)
    return run


@transaction.atomic
def progressed(
    *, run: models.SuggestionRun, owner: str, now: datetime, figures: Mapping[str, Any] | None = None
) -> models.SuggestionRun:
    """The run, with a newer version told to everybody: a source has moved on, or `figures` were added to those it has.

    Raises RunLost.
    """
    added = {"figures": {**run.figures, **figures}} if figures else {}
    _hold(run, owner, **added)
    events.run_changed(run=run, now=now)
    return run


@transaction.atomic
def finish(
    *,
    run: models.SuggestionRun,
    owner: str,
    partial: bool,
    figures: Mapping[str, Any],
    now: datetime,
    moved: Sequence[models.MovedOrder] = (),
) -> models.SuggestionRun:
    """The run, ready or partial; earlier runs of the same day and what they still proposed are superseded.

    `figures` are added to those it has, and what it has `moved` of the plan before is stored with it. Who asked for it
    is told. Raises RunLost.
    """
    _move(
        run, owner, Status.PARTIAL if partial else Status.READY,
        finished_at=now, figures={**run.figures, **figures}, **models.SuggestionRun.FREE,
    )  # fmt: skip
    auditing.record(
        verb="run.finished",
        row=run,
        by=WORKER,
        now=now,
        after={"status": run.status, "ranked": run.orders_ranked, "in_plan": run.orders_in_plan},
        district=run.district,
    )
    shown.store(moved)
    shown.keep_what_was_read(run=run)
    events.run_changed(run=run, now=now)
    suggesting.supersede_before(run=run, now=now)
    _tell_requester(run, now)
    return run


@transaction.atomic
def fail(*, run: models.SuggestionRun, owner: str, error: str, now: datetime) -> models.SuggestionRun:
    """The run, failed with a sentence for the manager; what it had proposed is withdrawn. Raises RunLost."""
    _move(run, owner, Status.FAILED, finished_at=now, error=error, **models.SuggestionRun.FREE)
    auditing.record(verb="run.failed", row=run, by=WORKER, now=now, reason=error, district=run.district)
    events.run_changed(run=run, now=now)
    suggesting.expire(run=run, now=now)
    _tell_requester(run, now)
    return run


def _require_within_reach(district: models.District, day: date, now: datetime) -> None:
    today = days.today(district, now)
    if not today <= day <= today + timedelta(days=DAYS_AHEAD):
        raise DayOutOfReach(f"{day:%d %b %Y} cannot be planned: today in {district.name} is {today:%d %b %Y}.")


@transaction.atomic
def _start(district: models.District, day: date, by: Any, now: datetime) -> models.SuggestionRun:
    # Waits for who declares or ends a storm at this moment: they see this run, or it begins under the new rules.
    models.District.objects.select_for_update(no_key=True).get(pk=district.pk)
    district = models.District.objects.with_rules().get(pk=district.pk)
    start, end = days.horizon_of(district, day, now)
    run = models.SuggestionRun.objects.create(
        district=district, day=day, horizon_starts_at=start, horizon_ends_at=end, requested_by=by, requested_at=now
    )
    auditing.record(verb="run.requested", row=run, by=by, now=now, after={"day": day.isoformat()}, district=district)
    events.run_changed(run=run, now=now)
    hints.run_wanted(run_id=run.pk)
    return run


def _rows(run: models.SuggestionRun) -> models.runs.SuggestionRunQuerySet:
    return models.SuggestionRun.objects.filter(pk=run.pk)


def _held(run: models.SuggestionRun, owner: str) -> models.runs.SuggestionRunQuerySet:
    return _rows(run).under_way().held_by(owner)


def _hold(run: models.SuggestionRun, owner: str, **values: Any) -> None:
    if not _held(run, owner).update(version=F("version") + 1, **values):
        raise RunLost(_lost(run, owner))
    run.refresh_from_db()


def _move(run: models.SuggestionRun, owner: str, to: str, **values: Any) -> None:
    if not _held(run, owner).transition(to, version=F("version") + 1, **values):
        raise RunLost(_lost(run, owner))
    run.refresh_from_db()


def _lost(run: models.SuggestionRun, owner: str) -> str:
    return f"Run {run.pk} is no longer held by {owner}."


def _tell_requester(run: models.SuggestionRun, now: datetime) -> None:
    if run.requested_by is None:
        return
    title, body = _news(run)
    inbox.notify(
        users=[run.requested_by],
        kind=f"run.{run.status.lower()}",
        title=title,
        body=body,
        url=f"{reverse('assignments:board', args=[run.district.code])}?day={run.day.isoformat()}",
        by=None,
        now=now,
        time_zone=run.district.time_zone,
        place=run.district.name,
        dedupe_key=f"run:{run.pk}",
    )


def _news(run: models.SuggestionRun) -> tuple[str, str]:
    where = f"{run.district.name}, {run.day:%a %d %b}"
    if run.status == Status.FAILED:
        return f"No suggestions for {where}", run.error
    answered = run.verdicts.filter(legal__gt=0).count()
    counts = f"{answered} of {run.orders_total} orders have a crew to choose, {run.orders_in_plan} are planned."
    if run.status == Status.PARTIAL:
        return f"Suggestions are ready for {where}, with older data", f"{counts} Not every system answered in time."
    return f"Suggestions are ready for {where}", counts
