"""Overriding: a crew is assigned against rules that a person may answer for, with a recorded reason.

Whatever a law, an agreement or physics forbids stays forbidden. An override names the rules that its manager has read;
if by then others are broken as well, or the facts have changed, nothing happens.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assignments import models
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import explain
from assignments.engine.rules import overrides
from assignments.engine.rules.case import Case
from assignments.queries import days
from assignments.services.decisions import booking, guards
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.runs import explaining
from assignments.services.snapshots import snapshotting

LONGEST_WORDS = 140
"""Of what is said beside a reason's code."""
_MINUTE = 60
_LOOK_AGAIN = "Look again at what an override would break now."
_TENTATIVELY = "Override tentatively, or wait until the permit is issued."

Code = models.Assignment.OverrideCode


class LawForbids(refusals.Refusal):
    """A law, an agreement or physics is in the way: nobody may answer for that."""

    code = "law-forbids"
    next_step = "Choose another crew or time, or remove what is in the way first."


class OtherRulesBroken(refusals.Refusal):
    """More is broken than what was read."""

    code = "other-rules-broken"
    next_step = _LOOK_AGAIN


class NothingToOverride(refusals.Refusal):
    """The crew may do the work as it is."""

    code = "nothing-to-override"
    next_step = "Press Suggest and approve the crew as it is ranked."


@dataclass(frozen=True)
class OverrideOutlook:
    """The rules that an override would break, as things stand now."""

    shift: models.Shift
    starts_at: datetime
    ends_at: datetime
    departs_at: datetime
    overridable: tuple[explaining.Obstacle, ...]
    """Broken rules that a person may answer for, the worst first."""
    forbidden: tuple[explaining.Obstacle, ...]
    """Broken rules that nobody may."""
    awaited: tuple[explaining.Obstacle, ...]
    """Permits that are only pending: the assignment would wait for them, tentatively."""
    fingerprint: str
    """Of what the answer rests on; an override takes exactly this."""

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(one.rule for one in self.overridable)

    @property
    def is_possible(self) -> bool:
        return bool(self.overridable) and not self.forbidden


def look(
    *, order: models.WorkOrder, shift: models.Shift, starts_at: datetime | None, now: datetime, day: date | None = None
) -> OverrideOutlook:
    """The rules broken if the shift did the order at `starts_at`, or at the start that suits an override best.

    That start is not before the local `day`, of a shift that begins the evening before.

    By a constant number of queries; nothing is written. Raises SeveralCrews, ChangedMeanwhile.
    """
    return _Proposal(order, shift, starts_at, now, day).answer()


def override(
    *,
    order: models.WorkOrder,
    shift: models.Shift,
    starts_at: datetime,
    rules: Collection[str],
    fingerprint: str,
    code: str,
    reason: str,
    by: Any,
    now: datetime,
    tentative: bool = False,
) -> models.Assignment:
    """The new assignment, with the rules that it breaks and why, write-backs, audit entry, events and notifications.

    Order and crew are locked, the fingerprint of what was shown is compared and every hard rule is judged again; only
    `rules` may be broken. With `tentative` it may wait for a pending permit.
    Raises NotAManager, ReasonMissing, OrderTaken, OrderNotAssignable, SeveralCrews, ChangedMeanwhile, LawForbids,
    OtherRulesBroken, NothingToOverride, OnlyTentative, RulesBroken.
    """
    refusals.require_manager(by=by, district=order.district)
    words = _words(code, reason)
    during = starts_at, starts_at + order.duration
    with booking.decided(order=order, crews=[shift.crew], during=during):
        locked = booking.lock(orders=[order.pk], crews=[shift.crew_id]).orders[order.pk]
        guards.refuse_unless_open(locked)
        proposal = _Proposal(locked, shift, starts_at, now)
        answer = proposal.answer()
        _refuse_unless_as_shown(answer, rules, fingerprint, locked, tentative=tentative)
        grant = booking.OverrideGrant(answer.rules, code, words)
        return _assigned(proposal, answer, grant, by, now)


def _words(code: str, reason: str) -> str:
    """The reason in words. Raises ReasonMissing."""
    if code not in Code.values:
        raise refusals.ReasonMissing("An override needs one of the listed reasons.")
    if code == Code.OTHER:
        return refusals.required_reason(reason, "An override for another reason needs that reason in words.")[:200]
    label = str(Code(code).label)
    return f"{label}: {reason.strip()}"[:200] if reason.strip() else label


def _with_source(broken: explaining.Obstacle) -> str:
    source = f" ({broken.source})" if broken.source else ""
    return f"{broken.title}{source}: {broken.text}"


def _refuse_unless_as_shown(
    answer: OverrideOutlook, rules: Collection[str], fingerprint: str, order: models.WorkOrder, *, tentative: bool
) -> None:
    crew = answer.shift.crew
    if answer.fingerprint != fingerprint:
        known = f"What is known of {order.number} or of {crew} has changed since this page showed it."
        raise guards.ChangedMeanwhile(known, next_step=_LOOK_AGAIN)
    if answer.forbidden:
        raise LawForbids(" ".join(map(_with_source, answer.forbidden)) + " Nobody may override it.")
    if unread := [one.text for one in answer.overridable if one.rule not in rules]:
        raise OtherRulesBroken(f"An override would also break this: {' '.join(unread)}")
    if not answer.overridable:
        raise NothingToOverride(f"{crew} may do {order.number} then without breaking any rule.")
    if answer.awaited and not tentative:
        raise guards.OnlyTentative(f"{order.number}: {answer.awaited[0].text}", next_step=_TENTATIVELY)


class _Proposal:
    """The rows of the order and the crew as they are, and the case that the rules judge."""

    def __init__(
        self,
        order: models.WorkOrder,
        shift: models.Shift,
        starts_at: datetime | None,
        now: datetime,
        day: date | None = None,
    ) -> None:
        self.order, self.shift = order, shift
        zone = order.district.zone
        first, last = sorted(days.local_day(one, zone) for one in (shift.starts_at, starts_at or shift.ends_at))
        if starts_at is None and day is not None and first <= day <= last:
            first = day
        self.snapshot = snapshotting.problem_for(
            district=order.district,
            start=days.period_of(first, zone)[0],
            end=days.period_of(last, zone)[1],
            now=now,
            order_ids=[order.pk],
            crew_ids=[shift.crew_id],
        )
        self._refuse_unless_one_crew_on_shift()
        self.case = self._best() if starts_at is None else self._case(self.snapshot.seconds(starts_at))

    def _case(self, start: int) -> Case:
        problem, job, crew = self.snapshot.problem, self.snapshot.job(self.order.pk), self.snapshot.shift(self.shift.pk)
        return Case(problem, job, crew, start, Travel.of(problem))

    def _best(self) -> Case:
        """At the start that suits an override best, on a whole minute where that is as good: people book by these."""
        problem, job, crew = self.snapshot.problem, self.snapshot.job(self.order.pk), self.snapshot.shift(self.shift.pk)
        refusal = explain.why_not(problem, job, crew)
        start = refusal.start if refusal.override is None else refusal.override
        later, earlier = self._case(-(-start // _MINUTE) * _MINUTE), self._case(start // _MINUTE * _MINUTE)
        allowed = (case for case in (later, earlier) if not overrides.judge(case).forbidden)
        return next(allowed, self._case(start))

    def _refuse_unless_one_crew_on_shift(self) -> None:
        if self.snapshot.job(self.order.pk).further_crews:
            together = f"{self.order.number} needs several crews together, so no single one is assigned to it."
            raise guards.SeveralCrews(together, next_step="Press Suggest and approve one of the teams that it ranks.")
        if self.shift.pk not in self.snapshot.shifts:
            gone = f"The shift of {self.shift.crew} is not on the roster any more."
            raise guards.ChangedMeanwhile(gone, next_step=_LOOK_AGAIN)

    def answer(self) -> OverrideOutlook:
        snapshot, verdict = self.snapshot, overrides.judge(self.case)
        overridable, forbidden, awaited = (
            tuple(explaining.obstacle(one, snapshot) for one in found)
            for found in (verdict.overridable, verdict.forbidden, verdict.awaited)
        )
        return OverrideOutlook(
            shift=snapshot.shifts[self.shift.pk],
            starts_at=snapshot.at(self.case.start),
            ends_at=snapshot.at(self.case.end),
            departs_at=snapshot.at(self.case.leaves),
            overridable=overridable,
            forbidden=forbidden,
            awaited=awaited,
            fingerprint=snapshot.fingerprint(self.order.pk, self.shift.pk),
        )


def _assigned(
    proposal: _Proposal, answer: OverrideOutlook, grant: booking.OverrideGrant, by: Any, now: datetime
) -> models.Assignment:
    order, shift = proposal.order, answer.shift
    visit = booking.CrewVisit(shift.crew, shift.pk, answer.departs_at, answer.starts_at, answer.ends_at)
    [new] = booking.book(on=[booking.Work(order, [visit], bool(answer.awaited), grant=grant)], by=by, now=now)
    auditing.record(
        verb="assignment.overridden", row=new, by=by, now=now, order=order, reason=grant.reason,
        before={"order": order.status},
        after={**booking.facts(new), "code": grant.code, "rules": list(grant.rules),
               "broken": [obstacle.text for obstacle in answer.overridable]},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="assignment.overridden", now=now)
    telling.approved(assignment=new, by=by, now=now)
    return new
