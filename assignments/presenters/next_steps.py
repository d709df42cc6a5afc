"""Where a refusal leads: links and buttons that do what its next step says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from assignments import models
from assignments.services import refusals

Subject = models.Suggestion | models.Assignment


@dataclass(frozen=True, slots=True)
class Step:
    """A link, or with `is_post` a button that sends `fields`."""

    label: str
    url: str
    is_post: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def of(refusal: refusals.Refusal) -> list[Step]:
    """What to do next, most helpful first; nothing when the refusal is about no row."""
    subject = refusal.subject
    if subject is None:
        return []
    if isinstance(subject, models.Batch):
        return [Step("Show these approvals", reverse("assignments:batch", args=[subject.pk]))]
    return [make(subject) for make in _STEPS.get(refusal.code, (_show,))]


def _show(subject: Subject) -> Step:
    return Step(f"Show {subject.order.number}", subject.order.get_absolute_url())


def _who(subject: Subject) -> Step:
    return Step("See who decided what", f"{subject.order.get_absolute_url()}#history-title")


def _other_crews(subject: Subject) -> Step:
    return Step(f"Other crews for {subject.order.number}", subject.order.get_absolute_url())


def _suggest_again(subject: Subject) -> Step:
    district = subject.order.district
    local = subject.starts_at.astimezone(district.zone).date()
    day = subject.run.day if isinstance(subject, models.Suggestion) else local
    fields = {"district": district.code, "day": day.isoformat()}
    return Step("Suggest again", reverse("assignments:run-start"), is_post=True, fields=fields)


def _tentatively(subject: Subject) -> Step:
    if isinstance(subject, models.Assignment):
        return _move(subject)
    url = reverse("assignments:suggestion-approve", args=[subject.pk])
    return Step("Approve tentatively", url, is_post=True, fields={"tentative": "1"})


def _permits(subject: Subject) -> Step:
    return Step(f"Permits of {subject.order.number}", f"{subject.order.get_absolute_url()}#permits-title")


def _revoke(subject: Subject) -> Step:
    return Step(f"Revoke {subject.order.number}…", reverse("assignments:assignment-revoke", args=[subject.pk]))


def _move(subject: Subject) -> Step:
    return Step(f"Move {subject.order.number}…", reverse("assignments:assignment-move", args=[subject.pk]))


def _unpin(subject: Subject) -> Step:
    url = reverse("assignments:assignment-unpin", args=[subject.pk])
    return Step(f"Unpin {subject.order.number}", url, is_post=True)


def _broken(subject: Subject) -> Step:
    return _other_crews(subject) if isinstance(subject, models.Suggestion) else _move(subject)


_STEPS: Mapping[str, tuple[Callable[[Subject], Step], ...]] = {
    "order-taken": (_show, _who),
    "suggestion-stale": (_other_crews, _suggest_again),
    "suggestion-gone": (_other_crews, _suggest_again),
    "rules-broken": (_broken, _suggest_again),
    "only-tentative": (_tentatively, _permits),
    "assignment-not-live": (_show, _who),
    "undo-over": (_revoke, _show),
    "pinned": (_unpin, _who),
    "changed-meanwhile": (_move, _who),
    "not-a-manager": (_show,),
}
"""By code; every other refusal leads to the order."""
