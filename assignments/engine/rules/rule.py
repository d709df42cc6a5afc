"""The shape of an entry of the HARD register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assignments.engine.domain.problem import RuleData
from assignments.engine.domain.wording import Fix, Violation
from assignments.engine.rules.answers import Answer, Asked
from assignments.engine.rules.case import Case
from assignments.engine.rules.staffing import Broken

Basis = Literal["law", "agreement", "policy", "physics"]
MANAGER = "manager"
"""The authority of a district's manager, who must give a reason."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Permission to override a rule with a recorded reason."""

    words: str
    """As documentation puts it: `a manager of the district`."""
    of: Callable[[Case], str | None]
    """The authority where the case breaks the rule; None when nobody may."""


_ASKED = Asked()

NOBODY = Authority("nobody", lambda case: None)
THE_MANAGER = Authority("a manager of the district", lambda case: MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardRule:
    """One entry of the register: everything that is known of one rule."""

    code: str
    title: str
    severity: int
    """Higher is worse; violations are listed in this order."""
    basis: Basis
    source: str
    """The regulation, standard or agreement that a safety engineer would look up; empty only for physics."""
    agreed: Callable[[RuleData], str] | None = None
    """Where the rule set in force says that its limits are agreed; an empty answer leaves `source` to stand."""
    authority: Authority
    refusal: str
    """Completes "4 crews are ...", where every crew is refused."""
    explain: Callable[[Case], Broken | None]
    """The check: the sentence about what is broken, or None when the rule is kept."""
    fix: Callable[[Case], Fix | None] | None = None
    """The single change that would satisfy the rule; None where no change of the job or the shift can."""
    also: frozenset[str] = frozenset()
    """Other rules that the same fix may satisfy; a fix that leaves one broken need not be tried."""
    timeless: bool = False
    """Whether the answer is the same whenever the work starts."""
    may_wait: bool = False
    """Whether a tentative assignment may wait for what is missing, because a permit for it is pending."""
    answer: Answer = _ASKED

    def __post_init__(self) -> None:
        if self.basis != "physics" and not self.source:
            raise ValueError(
                f"The rule {self.code!r} is {self.basis}: name the source that a safety engineer looks up."
            )

    def check(self, case: Case) -> Violation | None:
        """The violation, or None when the rule is kept."""
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
            basis=self.basis,
            source=self.source_under(case.rules),
        )

    def authority_in(self, case: Case) -> str | None:
        """The authority that may override the rule where the case breaks it; None when nobody may."""
        return self.authority.of(case)

    def source_under(self, rules: RuleData) -> str:
        """Where the rule comes from under this rule set."""
        return (self.agreed(rules) if self.agreed else "") or self.source
