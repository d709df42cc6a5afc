"""The base of all refusals of the domain; each is defined in the module that raises it."""

from __future__ import annotations

from typing import Any

from assignments import models

_NAMED = 3
"""Managers whom a refusal names."""


class Refusal(Exception):
    """A service did nothing, and says why in one sentence and what can be done next."""

    code = "refused"
    next_step = ""
    subject: Any = None
    """The row that the person wanted to change, where a page can lead to what to do next with it."""

    def __init__(self, sentence: str, *, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step or self.next_step


class NotAManager(Refusal):
    """Only an assigning manager of the district decides; others read."""

    code = "not-a-manager"
    next_step = "Ask an assigning manager of the district, or an administrator to make you one."


class ReasonMissing(Refusal):
    """A rejection, an undo or a storm says why."""

    code = "reason-missing"
    next_step = "Give a reason; colleagues and the audit read it."


def require_manager(*, by: Any, district: models.District) -> None:
    """Raises NotAManager unless `by` is an active assigning manager of the district."""
    if not models.District.objects.managed_by(by).filter(pk=district.pk).exists():
        raise NotAManager(
            f"{person(by)} is not an assigning manager of {district.name}.", next_step=_whom_to_ask(district)
        )


def _whom_to_ask(district: models.District) -> str:
    """Names a few of those who may decide; empty when nobody may."""
    role = models.Membership.Role.MANAGER
    members = district.memberships.filter(role=role, user__is_active=True).select_related("user")
    names = [person(one.user) for one in members.order_by("user__last_name", "user__pk")[:_NAMED]]
    return f"Ask {' or '.join(names)}, or an administrator to make you one." if names else ""


def required_reason(reason: str, otherwise: str) -> str:
    """The reason without spaces around it. Raises ReasonMissing with `otherwise` when there is none."""
    if not reason.strip():
        raise ReasonMissing(otherwise)
    return reason.strip()


def person(by: Any) -> str:
    """The name that colleagues know an actor by; a string is the name of the system itself."""
    if isinstance(by, str):
        return by
    return str(by.get_full_name() or by.get_username())
