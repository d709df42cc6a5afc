"""One question to the hard rules: may this job start at this second on this shift?"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from assignments.engine.domain.problem import Commitment, CrewShift, Job, Place, Problem, RuleData, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.rules.standing import Heads, Presence


@dataclass(frozen=True)
class Case:
    """A job at a start on a shift, beside the shift's commitments and `others`."""

    problem: Problem
    job: Job
    shift: CrewShift
    start: int
    travel: Travel
    others: tuple[Commitment, ...] = ()
    tentative: bool = False
    """Whether a pending permit counts as if it were live."""
    beside: tuple[CrewShift, ...] = ()
    """The other crews of a team that the shift would work beside; those judged after it name it in theirs."""
    counted: dict[tuple[str | None, int], Heads] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Answers of `staffing.heads`, kept because many rules count people towards the same need."""
    standing: list[Presence] = field(default_factory=list, init=False, compare=False, repr=False)
    """Of each member, once `staffing` has looked."""

    @property
    def end(self) -> int:
        return self.start + self.job.duration

    @cached_property
    def work(self) -> Window:
        return Window(self.start, self.end)

    @property
    def rules(self) -> RuleData:
        return self.problem.rules

    @property
    def now(self) -> int:
        return self.problem.now

    @cached_property
    def commitments(self) -> tuple[Commitment, ...]:
        """The shift's other work in order of time; the job's own commitment, if it has one, would be given up."""
        every = (*self.shift.commitments, *self.others)
        # What begins at the same second keeps the shift's order, as it does in screening.
        return tuple(sorted((c for c in every if c.job_id != self.job.id), key=lambda c: c.window.start))

    @cached_property
    def before(self) -> Commitment | None:
        """The last other work that starts no later than this."""
        earlier = [c for c in self.commitments if c.window.start <= self.start]
        return earlier[-1] if earlier else None

    @cached_property
    def after(self) -> Commitment | None:
        """The first other work that starts later than this."""
        return next((c for c in self.commitments if c.window.start > self.start), None)

    @property
    def drives(self) -> tuple[tuple[Place, Place], tuple[Place, Place]]:
        """From the work before, or the base, to the job; and on to the work after, or the base."""
        origin = self.before.place if self.before else self.shift.base
        to = self.after.place if self.after else self.shift.base
        return (origin, self.job.place), (self.job.place, to)

    @cached_property
    def drive_in(self) -> int:
        """Seconds from the work before, or from the base, to the job."""
        return self.travel.seconds(*self.drives[0])

    @cached_property
    def drive_out(self) -> int:
        """Seconds from the job to the work after, or to the base."""
        return self.travel.seconds(*self.drives[1])

    @property
    def leaves(self) -> int:
        """When the crew must set out for the job."""
        return self.start - self.drive_in


def overlaps(a: Window, b: Window) -> bool:
    """Whether two half-open periods share a second."""
    return a.start < b.end and b.start < a.end


def covers(outer: Window, inner: Window) -> bool:
    """Whether `inner` lies wholly in `outer`."""
    return outer.start <= inner.start and inner.end <= outer.end
