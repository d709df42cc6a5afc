"""The HARD register: every rule that an assignment must keep, in order of severity.

Each entry says whether law, policy or physics wants it and who may override it; its check is asked about one `Case`.
The checker runs the register as it stands; screening and search do the same sums faster and are tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from assignments.engine.domain.wording import Fix, Note, Reason, Sentence, Violation
from assignments.engine.rules import access, crew_day, fixes, staffing
from assignments.engine.rules.case import Case
from assignments.engine.rules.scoring import SOFT, SoftRule

__all__ = ["HARD", "SOFT", "Fix", "HardRule", "Note", "Reason", "Sentence", "SoftRule", "Violation"]

Basis = Literal["law", "policy", "physical"]
MANAGER = "manager"
"""The authority of a district's manager, who must give a reason."""


@dataclass(frozen=True, slots=True)
class HardRule:
    """One entry of the register."""

    code: str
    title: str
    basis: Basis
    authority: str | None
    """Who may override the rule with a recorded reason; None when nobody may."""
    severity: int
    """Higher is worse; violations are told in this order."""
    explain: Callable[[Case], staffing.Broken | None]
    fix: Callable[[Case], Fix | None]
    also: frozenset[str] = frozenset()
    """Other rules that the same fix may satisfy; a fix that leaves one broken need not be tried."""
    timeless: bool = False
    """Whether the answer is the same whenever the work starts."""

    def check(self, case: Case) -> Violation | None:
        """What is wrong, or None when the rule is kept."""
        broken = self.explain(case)
        if broken is None:
            return None
        template, values = broken
        return Violation(
            code=self.code,
            template=template,
            values=values,
            title=self.title,
            authority=self.authority_in(case),
            severity=self.severity,
        )

    def authority_in(self, case: Case) -> str | None:
        """Who may override the rule where it is broken; None when nobody may."""
        # A manager may allow an earlier start, but not one that has gone by.
        is_past = self.code == "earliest-start" and case.leaves < case.now
        return None if is_past else self.authority


_NONE: frozenset[str] = frozenset()
_TIRED = frozenset({"two-person", "rest", "absence"})
_PEOPLE = _TIRED | {"qualification", "qualified-people", "qualification-expiry", "crew-size"}
_DRIVES = _TIRED | {"shift", "earliest-start"}


def _rules() -> tuple[HardRule, ...]:
    """The register; law before physics before policy, and people before paper."""
    s, a, d, f = staffing, access, crew_day, fixes
    p, t, w = _PEOPLE, _TIRED, _DRIVES
    return (
        HardRule("two-person", "Two qualified people", "law", None, 100, s.check_two_person, f.add_member, p),
        HardRule("qualification", "Qualification", "law", None, 95, s.check_qualification, f.add_member, p, True),
        HardRule("qualified-people", "Qualified people", "law", None, 90, s.check_people, f.add_member, p, True),
        HardRule("qualification-expiry", "Valid qualification", "law", None, 85, s.check_expiry, f.renew, p),
        HardRule("rest", "Rest", "law", None, 80, s.check_rest, f.add_member, p),
        HardRule("clearance", "Switching clearance", "law", None, 75, a.check_clearance, f.clearance),
        HardRule("permit", "Permits", "law", None, 70, a.check_permit, f.permit),
        HardRule("absence", "Absence", "physical", None, 65, s.check_absence, f.add_member, p),
        HardRule("equipment", "Equipment", "physical", None, 60, d.check_equipment, f.lend_equipment),
        HardRule("overlap", "Other work and travel", "physical", None, 55, d.check_overlap, f.move_other_work, w),
        HardRule("crew-size", "Crew size", "policy", MANAGER, 50, s.check_crew_size, f.add_member, p, True),
        HardRule("prerequisite", "Work to be done first", "policy", MANAGER, 45, a.check_prerequisite, f.finish_first),
        HardRule("materials", "Materials", "policy", MANAGER, 40, a.check_materials, f.bring_materials),
        HardRule("earliest-start", "Earliest start", "policy", MANAGER, 35, a.check_earliest, f.allow_earlier),
        HardRule("shift", "Shift", "policy", MANAGER, 30, d.check_shift, f.stretch_shift, t),
        HardRule("appointment", "Appointment", "policy", MANAGER, 25, a.check_appointment, f.rebook),
        HardRule("on-call", "On call", "policy", MANAGER, 20, d.check_on_call, f.call_out, t, True),
        HardRule("territory", "Territory", "policy", MANAGER, 15, d.check_territory, f.lend_crew, _NONE, True),
    )


HARD: Mapping[str, HardRule] = MappingProxyType({rule.code: rule for rule in _rules()})
