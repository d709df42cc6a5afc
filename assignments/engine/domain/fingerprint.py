"""Fingerprints: the facts that a suggestion rests on, in one short text that can be compared and stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Problem, RuleData

# Facts that change without making a suggestion less legal. Other commitments are caught by the overlap rule instead,
# those of its people with other crews and a prerequisite's end by rules of their own, so that the suggestions of one
# plan can be approved one after another. The crew that a part of longer work is bound to shows for all other crews.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "Job": frozenset({"customers_out", "bound"}),
    "CrewShift": frozenset({"commitments"}),
    "Member": frozenset({"booked"}),
    "Prerequisite": frozenset({"done"}),
    "RuleData": frozenset({"weights", "strict_emergencies", "rest_agreement"}),
}
_TIMES: Mapping[str, frozenset[str]] = {
    "Window": frozenset({"start", "end"}),
    "HeldQualification": frozenset({"issued", "expires"}),
    "Job": frozenset({"earliest", "due", "materials_at"}),
    "Permit": frozenset({"begin_before"}),
}
# Left out where there are none, so that what was suggested before there could be any stays what it was.
_ONLY_IF_ANY = frozenset({"further_crews", "ring", "part_of", "rest_authority", "rest_override_for_any_work", "breaks"})
# Under the name of before, for the same reason.
_NAMED = {"further_crews": "companions"}
# Types that JSON has.
_PLAIN = frozenset({str, int, float, bool, type(None)})
# Second 0 is the default of these and says "from the beginning", whatever horizon it is the beginning of.
_FROM_THE_BEGINNING = frozenset({"earliest", "materials_at"})


def fingerprint(job: Job, shift: CrewShift, rules: RuleData, *, epoch: int) -> str:
    """SHA-256 in hex over the facts of the job, the shift and the rules that a legal assignment rests on.

    `epoch` is the horizon's start in Unix seconds: times are compared as absolute times, so that a snapshot of another
    horizon gives the same text. The shift's commitments are left out. The same in every process and on every machine.
    """
    of_shift = digest(shift, epoch=epoch) + bound_elsewhere(job, shift)
    return joined(digest(job, epoch=epoch), of_shift, digest(rules, epoch=epoch))


def bound_elsewhere(job: Job, shift: CrewShift) -> str:
    """Stands behind the digest of a shift whose crew may not do the job, because another has a part of the same work;
    else empty."""
    return " bound elsewhere" if job.bound and job.bound.crew_id != shift.crew_id else ""


def digest(value: Job | CrewShift | RuleData, *, epoch: int) -> str:
    """One of the three parts of a fingerprint, which takes nearly all of the time and serves many pairs."""

    def absolute(seconds: int) -> int:
        return seconds if abs(seconds) >= FOREVER else seconds + epoch

    text = json.dumps(_plain(value, absolute), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def basis(problem: Problem, *, epoch: int) -> str:
    """SHA-256 in hex over all that a plan is made from but the time: with the same text nothing has changed.

    Drives that a routing server has told since, and an end of the horizon that moves with the time, are no change.
    """

    def absolute(seconds: int) -> int:
        return seconds if abs(seconds) >= FOREVER else seconds + epoch

    facts = {
        "jobs": [_plain(job, absolute, {}) for job in problem.jobs],
        "shifts": [_plain(shift, absolute, {}) for shift in problem.shifts],
        "rules": _plain(problem.rules, absolute, {}),
        "rejected": sorted(problem.rejected),
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def joined(*digests: str) -> str:
    """One text for several."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _plain(value: object, absolute: Callable[[int], int], left_out: Mapping[str, frozenset[str]] = _LEFT_OUT) -> object:
    # Nearly all there is; a day of 10,000 jobs has a quarter of a million of them.
    if type(value) in _PLAIN:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        names = [f.name for f in fields(value) if f.name not in left_out.get(kind, ())]
        names = [name for name in names if name not in _ONLY_IF_ANY or getattr(value, name)]
        return {_NAMED.get(name, name): _field(kind, name, getattr(value, name), absolute, left_out) for name in names}
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, tuple):
        plain = [_plain(one, absolute, left_out) for one in value]
        return sorted(plain, key=lambda one: json.dumps(one, sort_keys=True)) if len(plain) > 1 else plain
    if isinstance(value, Enum):
        return value.value
    return value


def _field(
    kind: str, name: str, value: object, absolute: Callable[[int], int], left_out: Mapping[str, frozenset[str]]
) -> object:
    if isinstance(value, int) and name in _TIMES.get(kind, ()):
        return "the beginning" if value == 0 and name in _FROM_THE_BEGINNING else absolute(value)
    return _plain(value, absolute, left_out)
