"""Overriding: sorts broken rules into those that a person may answer for and those that nobody may override."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assignments.engine.domain.wording import Violation
from assignments.engine.rules import checker
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import HardRule


@dataclass(frozen=True, slots=True)
class Objections:
    """The broken rules of a case by what may be done about them, the worst first in each."""

    overridable: tuple[Violation, ...]
    forbidden: tuple[Violation, ...]
    """Law or physics: nobody may override these."""
    awaited: tuple[Violation, ...]
    """Permits that are only pending: the work may wait for them tentatively."""


def judge(case: Case) -> Objections:
    """Every broken rule of the case by what may be done about it."""
    lasting = checker.judge(replace(case, tentative=True))
    codes = {one.code for one in lasting}
    return Objections(
        overridable=tuple(one for one in lasting if one.authority is not None),
        forbidden=tuple(one for one in lasting if one.authority is None),
        awaited=tuple(one for one in checker.judge(case) if one.code not in codes),
    )


def first_allowed(judged: Iterable[tuple[Case, Sequence[HardRule]]]) -> int | None:
    """The start of the first case whose broken rules a person may all answer for; None when there is none."""
    return next((case.start for case, broken in judged if is_allowed(case, broken)), None)


def is_allowed(case: Case, broken: Sequence[HardRule]) -> bool:
    """Whether a person may answer for every broken rule, but for permits that the work may wait for."""
    firm = [rule for rule in broken if rule.authority_in(case) is None]
    if not firm or not all(rule.may_wait for rule in firm):
        return not firm
    waiting = replace(case, tentative=True)
    # With nothing but a pending permit in the way there is nothing to override.
    return len(firm) < len(broken) and not any(rule.explain(waiting) for rule in firm)
