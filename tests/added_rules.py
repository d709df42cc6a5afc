"""Rules that stand in no release: added to the register for a test, to see who obeys them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from assignments.engine.domain.problem import CrewShift, Job
from assignments.engine.rules import register
from assignments.engine.rules.answers import OfPair
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import THE_MANAGER, HardRule
from assignments.engine.rules.staffing import Broken
from tests.builders import DAY, HOUR


def add(monkeypatch: pytest.MonkeyPatch, *rules: HardRule) -> None:
    """Declare the rules beside the others, until the test is over."""
    every = sorted([*register.HARD.values(), *rules], key=lambda rule: -rule.severity)
    monkeypatch.setattr(register, "HARD", MappingProxyType({rule.code: rule for rule in every}))


def no_start_at_noon(**declared: Any) -> HardRule:
    """Nothing begins from 12:00 to 13:00, by a check alone."""

    def explain(case: Case) -> Broken | None:
        at_noon = 12 * HOUR <= case.start % DAY < 13 * HOUR
        return ("Nothing begins at {start:time}, in the lunch hour.", {"start": case.start}) if at_noon else None

    return _rule("lunch", "Lunch hour", 12, explain, "kept by the lunch hour", **declared)


def not_for(crew: str, kind: str = "corrective", **declared: Any) -> HardRule:
    """The crew does no work of the kind, by a check alone."""

    def explain(case: Case) -> Broken | None:
        if case.shift.crew != crew or case.job.kind != kind:
            return None
        return "{crew} does no {kind} work.", {"crew": crew, "kind": kind}

    return _rule("crew-kind", "Kind of work", 52, explain, "without leave for the kind of work", **declared)


def quickly_not_for(crew: str, kind: str = "corrective") -> HardRule:
    """As `not_for`, with an answer for all pairs at once."""

    def holds(asked: object, shift: CrewShift) -> bool:
        return asked != kind or shift.crew != crew

    def fact(job: Job) -> str:
        return job.kind

    return not_for(crew, kind, answer=OfPair(fact, holds))


def _rule(code, title, severity, explain, refusal, **declared: Any) -> HardRule:
    fields: dict[str, Any] = {"authority": THE_MANAGER, "basis": "policy", "source": "Safety bulletin 7"} | declared
    return HardRule(code=code, title=title, severity=severity, explain=explain, refusal=refusal, **fields)
