"""Links and buttons for the next steps of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from assignments import models
from assignments.queries import days
from assignments.services.records import refusals


@dataclass(frozen=True, slots=True)
class WantedCrew:
    """A crew that somebody wanted for the order on a local day, where no row stands for it yet."""

    order: models.WorkOrder
    day: date


Subject = models.Suggestion | models.Assignment | WantedCrew


@dataclass(frozen=True, slots=True)
class NextStep:
    """A link, or with `is_post` a button that sends `fields`."""

    label: str
    url: str
    is_post: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def of(refusal: refusals.Refusal, *, shown_at: str = "") -> list[NextStep]:
    """Next steps, most helpful first; none when the refusal is about no row, and no link to the page that
    shows it."""
    subject = refusal.subject
    if subject is None:
        return []
    if isinstance(subject, models.Batch):
        return [NextStep("Show these approvals", reverse("assignments:batch", args=[subject.pk]))]
    made = [make(subject) for make in _STEPS.get(refusal.code, (_show,))]
    return list({step.url: step for step in made if step.url != shown_at}.values())


def _show(subject: Subject) -> NextStep:
    return NextStep(f"Show {subject.order.number}", subject.order.get_absolute_url())


def _who(subject: Subject) -> NextStep:
    return NextStep("See who decided what", f"{subject.order.get_absolute_url()}#history-title")


def _other_crews(subject: Subject) -> NextStep:
    return NextStep(f"Other crews for {subject.order.number}", subject.order.get_absolute_url())


def _suggest_again(subject: Subject) -> NextStep:
    district = subject.order.district
    if isinstance(subject, models.Assignment):
        day = days.local_day(subject.starts_at, district.zone)
    else:
        day = subject.run.day if isinstance(subject, models.Suggestion) else subject.day
    fields = {"district": district.code, "day": day.isoformat()}
    return NextStep("Suggest again", reverse("assignments:run-start"), is_post=True, fields=fields)


def _tentatively(subject: Subject) -> NextStep:
    if not isinstance(subject, models.Suggestion):
        return _again(subject)
    url = reverse("assignments:suggestion-approve", args=[subject.pk])
    return NextStep("Approve tentatively", url, is_post=True, fields={"tentative": "1"})


def _permits(subject: Subject) -> NextStep:
    return NextStep(f"Permits of {subject.order.number}", f"{subject.order.get_absolute_url()}#permits-title")


def _revoke(subject: Subject) -> NextStep:
    if isinstance(subject, WantedCrew):
        return _show(subject)
    return NextStep(f"Revoke {subject.order.number}…", reverse("assignments:assignment-revoke", args=[subject.pk]))


def _again(subject: Subject) -> NextStep:
    if not isinstance(subject, models.Assignment):
        return _other_crews(subject)
    return NextStep(f"Move {subject.order.number}…", reverse("assignments:assignment-move", args=[subject.pk]))


def _first(subject: Subject) -> NextStep:
    return NextStep("All crews", reverse("assignments:order-emergency", args=[subject.order.number]))


def _unpin(subject: Subject) -> NextStep:
    if isinstance(subject, WantedCrew):
        return _show(subject)
    url = reverse("assignments:assignment-unpin", args=[subject.pk])
    return NextStep(f"Unpin {subject.order.number}", url, is_post=True)


_STEPS: Mapping[str, tuple[Callable[[Subject], NextStep], ...]] = {
    "order-taken": (_show, _who),
    "suggestion-stale": (_other_crews, _suggest_again),
    "suggestion-gone": (_other_crews, _suggest_again),
    "rules-broken": (_again, _other_crews, _suggest_again),
    "law-forbids": (_other_crews, _suggest_again),
    "other-rules-broken": (_other_crews,),
    "nothing-to-override": (_suggest_again, _other_crews),
    "several-crews": (_show, _suggest_again),
    "only-tentative": (_tentatively, _permits),
    "assignment-not-live": (_show, _who),
    "undo-over": (_revoke, _show),
    "pinned": (_unpin, _who),
    "changed-meanwhile": (_again, _who),
    "choice-changed": (_first, _who),
    "not-an-emergency": (_other_crews,),
    "needs-several-crews": (_suggest_again, _other_crews),
    "not-a-manager": (_show,),
}
"""By code; every other refusal leads to the order."""
