"""The panel of a suggestion run: one line per source, what is ranked, and what the engine measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.board import changes
from assignments.presenters.shared import no_worker, restoring, states, words
from assignments.queries import workers
from assignments.services.records import refusals


@dataclass(frozen=True, slots=True)
class SourceLine:
    name: str
    mark: words.Mark
    progress: str
    as_of: words.ShownTime | None
    """When the data used was read; set only where that is older than the run."""
    is_awaited: bool
    """Whether it may still bring something."""

    @property
    def known(self) -> str:
        """As of when the run plans with it, where that is older than the run."""
        return f"from what was known at {self.as_of.text}" if self.as_of else "nothing was known of it"


@dataclass(frozen=True, slots=True)
class Improvement:
    """Progress of the search for a better plan."""

    percent: int
    text: str


@dataclass(frozen=True, slots=True)
class RunPanel:
    id: str
    district: int
    day: str
    version: int
    mark: words.Mark
    is_under_way: bool
    summary: str
    requested_by: str
    requested_at: words.ShownTime
    sources: tuple[SourceLine, ...]
    notices: tuple[str, ...]
    ranked: int
    total: int
    improvement: Improvement | None
    """While a complete plan is improved."""
    can_keep: bool
    can_go_on: bool
    """Whether sources are waited for."""
    awaited: int
    unclaimed_in: int | None
    """Seconds until a run that no worker has taken up is worth a word; None once one has."""
    no_worker: no_worker.NoWorker | None
    """Of such a run: set while none runs."""
    figures: tuple[str, ...]
    moved: changes.MovedOrders | None
    error: str


def panel(run: models.SuggestionRun, *, zone: ZoneInfo, now: datetime) -> RunPanel:
    """The run as people of its district see it; its lines must be prefetched (`run_lines`)."""
    lines = tuple(_line(source, run, zone) for source in run.sources.all())
    missing = no_worker.notice(workers.seen(), run.district, now) if run.status == run.Status.QUEUED else None
    return RunPanel(
        id=str(run.pk),
        district=run.district_id,
        day=run.day.isoformat(),
        version=run.version,
        mark=states.of_run(run.status),
        is_under_way=run.is_under_way,
        summary=_summary(run, zone, now),
        requested_by=refusals.person(run.requested_by) if run.requested_by else "Lineup",
        requested_at=words.moment(run.requested_at, zone, now.astimezone(zone).date()),
        sources=lines,
        notices=tuple(notice for line in lines if (notice := _notice(line, run.day))) + _routing_notice(run),
        ranked=run.orders_ranked,
        total=run.orders_total,
        improvement=_improvement(run),
        can_go_on=run.is_under_way and run.go_on_asked_at is None and any(line.is_awaited for line in lines),
        awaited=sum(line.is_awaited for line in lines),
        unclaimed_in=0 if missing else _unclaimed_in(run, now),
        no_worker=missing,
        can_keep=run.is_under_way and "plan" in run.figures and run.keep_asked_at is None,
        figures=_figures(run),
        moved=changes.told(run, zone),
        error=run.error,
    )


def _line(source: models.SourceProgress, run: models.SuggestionRun, zone: ZoneInfo) -> SourceLine:
    old = source.data_as_of is not None and source.data_as_of < run.requested_at
    return SourceLine(
        name=source.system.name,
        mark=states.of_source(source.status),
        progress=_progress(source),
        is_awaited=run.is_under_way and source.status in models.SourceProgress.AWAITED,
        as_of=words.moment(source.data_as_of, zone, run.day) if old and source.data_as_of else None,
    )


def _progress(source: models.SourceProgress) -> str:
    status = models.SourceProgress.Status
    if source.status in (status.RETRYING, status.LATE, status.DOWN):
        return source.detail
    return words.count(source.records, "record") if source.records or source.status == status.DONE else ""


def _notice(line: SourceLine, day: date) -> str:
    if line.mark.word not in ("Late", "Down"):
        return ""
    if line.as_of is None:
        return f"{line.name} did not answer, and nothing was read from it before."
    return f"{line.name} data from {line.as_of.text}"


def _routing_notice(run: models.SuggestionRun) -> tuple[str, ...]:
    error = run.figures.get("routing_error")
    if not error or not run.figures.get("drives_estimated"):
        return ()
    estimated = words.count(run.figures["drives_estimated"], "drive")
    return (f"Travel is estimated for {estimated}: the routing server {error}.",)


def _summary(run: models.SuggestionRun, zone: ZoneInfo, now: datetime) -> str:
    if run.status == run.Status.QUEUED:
        return "Waiting for a worker"
    if run.status == run.Status.GATHERING and run.figures.get("drives_asked"):
        told = f"{run.figures.get('drives_told', 0):,} of {words.count(run.figures['drives_asked'], 'drive')}"
        return f"Asking the routing server: {told} told"
    if run.status == run.Status.GATHERING:
        return "Looking at what is known"
    if run.is_under_way and "plan" in run.figures:
        return _plan(run, zone)
    if run.is_under_way:
        is_planning = run.orders_total and run.orders_ranked == run.orders_total
        then = "; making the first plan" if is_planning else ""
        return f"Ranked {run.orders_ranked:,} of {words.count(run.orders_total, 'order')}{then}"
    if run.status in run.USABLE:
        what = _plan(run, zone) if "plan" in run.figures else _counts(run)
        at = words.moment(run.finished_at, zone, now.astimezone(zone).date()).text if run.finished_at else ""
        return f"{what}, ready at {at}" if at else what
    return ""


def _unclaimed_in(run: models.SuggestionRun, now: datetime) -> int | None:
    if run.status != run.Status.QUEUED:
        return None
    return no_worker.unclaimed_in(run.requested_at, now)


def _plan(run: models.SuggestionRun, zone: ZoneInfo) -> str:
    """`Plan 3: 5,261 customers out; with this plan 4,900 are back by 10:30, all but 74 by 12:00; 41 h travel`, or
    `Plan 3: 56 of 108 orders planned, 41 h travel` when nobody is out."""
    hours = run.figures.get("travel_hours", 0.0)
    travel = wording.measured(f"{hours:.1f}" if hours < 10 else f"{hours:,.0f}", "h") + " travel"
    if customers := restoring.sentence(run.figures, zone, run.day):
        return f"Plan {run.figures['plan']}: {customers}; {travel}"
    planned = f"{run.orders_in_plan:,} of {words.count(run.orders_total, 'order')} planned"
    return f"Plan {run.figures['plan']}: {planned}, {travel}"


def _counts(run: models.SuggestionRun) -> str:
    return f"Ranked {words.count(run.orders_ranked, 'order')}, {run.orders_in_plan:,} in the plan"


def _improvement(run: models.SuggestionRun) -> Improvement | None:
    seconds = run.figures.get("improve_seconds")
    if not run.is_under_way or "plan" not in run.figures or not seconds:
        return None
    percent = run.figures.get("improved_percent", 0)
    if percent >= 100:
        awaited = [line.system.name for line in run.sources.all() if line.status in models.SourceProgress.AWAITED]
        return Improvement(percent, f"Waiting for {wording.listed(awaited)}") if awaited else None
    if run.keep_asked_at is not None:
        return Improvement(percent, "Ending, the best plan is kept")
    return Improvement(
        percent, f"Improving, {seconds * percent / 100:.0f} of {wording.measured(f'{seconds:.0f}', 's')}"
    )


def _figures(run: models.SuggestionRun) -> tuple[str, ...]:
    """The engine's figures whose meaning is known here; others stay for the API."""
    known = {
        "travel_hours": "{:.1f}\N{NO-BREAK SPACE}h of travel",
        "seconds": "planned in {:.1f}\N{NO-BREAK SPACE}s",
    }
    found = []
    if "plan" in run.figures:
        # The summary says what the plan is worth, the improvement for how long.
        known = {} if run.is_under_way else {"seconds": known["seconds"]}
    if run.figures.get("customers_out") and not run.is_under_way:
        # Otherwise the summary counts the orders.
        found = [f"{run.orders_in_plan:,} of {words.count(run.orders_total, 'order')} in the plan"]
    found += [
        text.format(run.figures[key]) for key, text in known.items() if isinstance(run.figures.get(key), (int, float))
    ]
    if held := run.figures.get("rejected"):
        found.append(f"{words.count(held, 'rejection')} held")
    if run.keep_asked_at is not None and run.status in run.USABLE:
        found.append("kept early")
    if estimated := run.figures.get("drives_estimated"):
        found.append(f"{words.count(estimated, 'drive')} estimated")
    return tuple(found)
