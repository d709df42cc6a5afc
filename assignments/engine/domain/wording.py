"""Sentences the engine says: a template and its values, so that whoever shows them gives the local time.

A template is a format string. `{start:time}` is a time in seconds since the horizon's start, rendered by the caller's
clock; `{wait:duration}` is a number of seconds, rendered as hours and minutes. Values are plain, so a sentence can be
stored as JSON and rendered later.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assignments.engine.domain.problem import CrewShift, Job

Value = str | int | float
Clock = Callable[[int], str]


def measured(amount: object, unit: str) -> str:
    """The amount with its unit, which no end of a line parts."""
    return f"{amount}\N{NO-BREAK SPACE}{unit}"


def spoken_duration(seconds: int) -> str:
    """Hours and minutes of a length of time, minutes rounded up: `1 h 20 min`, `2 h`, `35 min`."""
    minutes = -(-abs(seconds) // 60)
    hours, minutes = divmod(minutes, 60)
    parts = [measured(hours, "h")] if hours else []
    return " ".join([*parts, measured(minutes, "min")] if minutes or not hours else parts)


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


class _Speaker(string.Formatter):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "time":
            return self._clock(int(value))
        if format_spec == "duration":
            return spoken_duration(int(value))
        return str(super().format_field(value, format_spec))


def render(template: str, values: Mapping[str, Value], clock: Clock) -> str:
    """The sentence in plain words; `clock` turns seconds since the horizon's start into local time."""
    return _Speaker(clock).vformat(template, (), values)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to tell a manager."""

    code: str
    template: str
    values: Mapping[str, Value]

    def render(self, clock: Clock) -> str:
        """The sentence in plain words; `clock` turns seconds since the horizon's start into local time."""
        return render(self.template, self.values, clock)

    def as_dict(self) -> dict[str, object]:
        """The sentence as JSON holds it; `render` makes the words again from `template` and `values`."""
        return {"code": self.code, "template": self.template, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Reason(Sentence):
    """Why a candidate is good."""


@dataclass(frozen=True, slots=True)
class Note(Sentence):
    """Something legal but worth saying before approval."""


@dataclass(frozen=True, slots=True)
class Violation(Sentence):
    """One broken hard rule; `code` is the rule's."""

    title: str
    authority: str | None
    """Authority that may override it with a recorded reason; None without one."""
    severity: int
    basis: str
    """Law, agreement, policy or physics; see the register."""
    source: str
    """The regulation, standard or agreement behind the rule; empty for physics."""

    @property
    def rule(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Fix(Sentence):
    """One change, or two, that would make an illegal assignment legal; `code` says which kind of change.

    `job`, `shift` and `start` are the values after every change: the checker is asked about exactly these.
    """

    cost: int
    """Trouble, in points of the soft register (one point is worth one minute of travel)."""
    job: Job = field(repr=False)
    shift: CrewShift = field(repr=False)
    start: int
    second: Fix | None = None
    """A further change that is needed as well."""

    @property
    def kind(self) -> str:
        return self.code if self.second is None else f"{self.code} and {self.second.code}"

    @property
    def changes(self) -> int:
        return 1 if self.second is None else 2

    @property
    def moved(self) -> frozenset[int]:
        """Ids of the jobs that it takes off the shift."""
        own = frozenset({int(self.values["job"])} if self.code == "move-work" else ())
        return own if self.second is None else own | self.second.moved

    def followed_by(self, other: Fix) -> Fix:
        """Both changes, in the words of both; `other` was made after this one."""
        return replace(
            self, cost=self.cost + other.cost, job=other.job, shift=other.shift, start=other.start, second=other
        )

    def render(self, clock: Clock) -> str:
        """The changes in plain words, a sentence each."""
        first = render(self.template, self.values, clock)
        return first if self.second is None else f"{first} {self.second.render(clock)}"
