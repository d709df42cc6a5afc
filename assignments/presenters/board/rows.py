"""The row of an order on the board; the same for everybody who may read the district."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.board import nothing, readiness
from assignments.presenters.review import emergency, override_form, reviewing
from assignments.presenters.shared import restoring, states, words
from assignments.queries import work_queue
from assignments.queries.restoring import RestorationEstimate, estimates
from assignments.services.records import refusals

_CHIPS = 2
_SAID_ELSEWHERE = frozenset({"in-plan", "qualified", "drive"})
"""Reasons that the row shows by other means, or that only the review has room for."""
_DUE_SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Due:
    at: words.ShownTime
    relative: str
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class SuggestionCell:
    """The order's top suggestion for the day."""

    id: int
    crew: str
    when: words.Span
    travel: str
    chips: tuple[str, ...]
    warnings: tuple[str, ...]
    warning_count: str
    tentative: bool
    in_plan: bool
    alternatives: str


@dataclass(frozen=True, slots=True)
class WriteBackLine:
    id: int
    target: str
    mark: words.Mark
    is_dead: bool
    about: str
    """Its subject, unless it is the assignment itself."""


@dataclass(frozen=True, slots=True)
class DecisionCell:
    """The order's live assignment."""

    id: str
    crew: str
    when: words.Span
    mark: words.Mark
    waits_for: str
    """Conditions for a tentative assignment to become firm, in words."""
    by: str
    at: words.ShownTime
    take_back: TakeBack | None
    free: str
    """Reason with which one press takes the work off its crews; empty while the decision stands."""
    pinned: bool
    overridden: override_form.Overridden | None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Way to take the decision back: undo until a time, then revoke with a reason."""

    undo_until: words.ShownTime
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: int
    number: str
    label: str
    """The number, of a part as `W-100014 · part 2 of 3`."""
    title: str
    kind: str
    status: str
    status_mark: words.Mark
    day: str
    priority: words.Mark
    is_emergency: bool
    is_rushed: bool
    """Approved work may give way to it, and it has no crew: who can be there first is a question."""
    customers: str
    back: restoring.RestorationCell | None
    """When these customers are back; None where nobody is out."""
    due: Due | None
    facts: tuple[str, ...]
    place: str
    readiness: tuple[words.Mark, ...]
    suggestion: SuggestionCell | None
    decision: DecisionCell | None
    write_backs: tuple[WriteBackLine, ...]
    reviewers: tuple[reviewing.Reviewer, ...]
    nothing: words.Mark | None
    """Reason why neither a suggestion nor a decision is shown."""

    @property
    def is_warned(self) -> bool:
        """Whether there is something to read before the suggestion is approved."""
        if self.suggestion is None:
            return False
        # That the suggested crew waits for a manager is no news to one.
        waits = any(mark.tone in {"pending", "bad"} for mark in self.readiness if mark.word != "Crew")
        return bool(self.suggestion.warnings) or self.suggestion.tentative or waits


def rows(order_ids: Collection[int], *, day: date, run: models.SuggestionRun | None, now: datetime) -> list[OrderRow]:
    """The rows of these orders on the day's board; `run` is the newest run of that day."""
    found = work_queue.rows(order_ids, day, now)
    beside = _Beside(reviewing.of_orders(order_ids, now), estimates((row.order for row in found), now))
    return [_row(row, beside, day=day, run=run, now=now) for row in found]


@dataclass(frozen=True, slots=True)
class _Beside:
    """Known of the orders beside their rows, by id."""

    reviewers: Mapping[int, tuple[reviewing.Reviewer, ...]]
    estimates: Mapping[int, RestorationEstimate]


def _row(
    row: work_queue.BoardOrder,
    beside: _Beside,
    *,
    day: date,
    run: models.SuggestionRun | None,
    now: datetime,
) -> OrderRow:
    order, back = row.order, beside.estimates.get(row.order.pk)
    suggestion = row.suggestion if row.assignment is None and order.is_assignable else None
    return OrderRow(
        id=order.pk,
        number=order.number,
        label=order.label,
        title=order.title,
        kind=order.get_kind_display(),
        status=order.status,
        status_mark=states.of_order(order.status),
        day=day.isoformat(),
        priority=states.of_priority(order),
        is_emergency=order.urgency_in_force == models.WorkOrder.Priority.EMERGENCY,
        is_rushed=emergency.is_for(order, row.assignment),
        customers=words.count(order.customers_out, "customer") + " out" if order.customers_out else "",
        back=restoring.cell(back, order.district.zone, day, now) if back else None,
        due=_due(order, day, now),
        facts=_facts(order),
        place=order.address or order.substation,
        readiness=readiness.strip(row, day=day, now=now),
        suggestion=_suggestion(suggestion, row, day) if suggestion else None,
        decision=decision(row.assignment, order, day, now) if row.assignment else None,
        write_backs=tuple(_write_back(one) for one in row.write_backs),
        reviewers=beside.reviewers.get(order.pk, ()),
        nothing=None if suggestion or row.assignment else nothing.reason(row, run, day),
    )


def _due(order: models.WorkOrder, day: date, now: datetime) -> Due | None:
    if order.due_at is None:
        return None
    at = words.moment(order.due_at, order.district.zone, day)
    tone, word = "none", "Due"
    if order.due_at <= now:
        tone, word = "bad", "Was due"
    elif order.due_at - now <= _DUE_SOON:
        tone, word = "pending", "Due soon"
    return Due(at, words.relative(order.due_at, now), tone, word)


def _facts(order: models.WorkOrder) -> tuple[str, ...]:
    voltage = f"{words.volts(order.voltage)} {'energised' if order.energised else 'de-energised'}"
    facts = [
        order.get_kind_display(),
        f"feeder {order.feeder}" if order.feeder else "",
        voltage if order.voltage else "",
        words.length(order.duration_minutes),
        " + ".join([f"crew of {order.crew_size}", *(part.title for part in order.every_part)]),
    ]
    return tuple(fact for fact in facts if fact)


def _suggestion(suggestion: models.Suggestion, row: work_queue.BoardOrder, day: date) -> SuggestionCell:
    warnings = tuple(str(warning["text"]) for warning in suggestion.warnings)
    return SuggestionCell(
        id=suggestion.pk,
        crew=suggestion.crew_names,
        when=words.span(suggestion.starts_at, suggestion.ends_at, row.order.district.zone, day),
        travel=words.length(suggestion.travel_minutes),
        chips=_chips(suggestion),
        warnings=warnings,
        warning_count=words.count(len(warnings), "warning") if warnings else "",
        tentative=suggestion.tentative,
        in_plan=suggestion.in_plan,
        alternatives=words.count(row.alternatives, "other team" if suggestion.team else "other crew")
        if row.alternatives
        else "",
    )


def _chips(suggestion: models.Suggestion) -> tuple[str, ...]:
    shown = [str(one["text"]).rstrip(".") for one in suggestion.reasons if one["code"] not in _SAID_ELSEWHERE]
    return tuple(shown[:_CHIPS])


def decision(assignment: models.Assignment, order: models.WorkOrder, day: date, now: datetime) -> DecisionCell:
    zone = order.district.zone
    return DecisionCell(
        id=str(assignment.pk),
        crew=assignment.crew_names,
        when=words.span(assignment.starts_at, assignment.ends_at, zone, day),
        mark=states.of_assignment(assignment),
        waits_for=_waits_for(assignment, order),
        by=refusals.person(assignment.approved_by),
        at=words.moment(assignment.approved_at, zone, day),
        take_back=take_back(assignment.undo_until, zone, now) if assignment.can_be_revoked else None,
        free=freeing(assignment, order),
        pinned=assignment.pinned,
        overridden=override_form.overridden(assignment),
    )


def freeing(assignment: models.Assignment, order: models.WorkOrder) -> str:
    """Why the decision no longer stands, if it can be taken back."""
    return assignment.why_red if assignment.can_be_revoked and not order.is_in_the_field else ""


def take_back(undo_until: datetime, zone: ZoneInfo, now: datetime) -> TakeBack:
    return TakeBack(words.moment(undo_until, zone, now.astimezone(zone).date()), needs_reason=now >= undo_until)


def _waits_for(assignment: models.Assignment, order: models.WorkOrder) -> str:
    if assignment.status != models.Assignment.Status.TENTATIVE or assignment.red_cause:
        return ""
    needed = [permit for permit in order.every_permit if permit.kind in order.required_permits]
    held = {permit.kind for permit in needed if permit.status in models.Permit.LIVE}
    pending = [permit for permit in needed if permit.status in models.Permit.PENDING and permit.kind not in held]
    names = [f"{permit.get_kind_display().lower()} {permit.number}" for permit in pending]
    return f"Waits for {wording.listed(names)}" if names else ""


_ABOUT = {"REVOKE": "Undo", "CONFIRM": "Firm", "ETR": "Restoration time", "PIN": "Pin"}


def _write_back(row: models.WriteBack) -> WriteBackLine:
    return WriteBackLine(
        id=row.pk,
        target=row.target.name,
        mark=states.of_write_back(row),
        is_dead=row.status == models.WriteBack.Status.DEAD,
        about=_ABOUT.get(row.action, ""),
    )
