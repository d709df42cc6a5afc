"""Notification preferences of each person; safety notices cannot be muted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.db import transaction

from notifications.models import Preference
from notifications.wire import kinds

Delivery = Preference.Delivery
DEFAULT = Delivery.TOAST


class CannotBeMuted(Exception):
    """Somebody may be hurt when a manager does not hear of it."""


class UnknownChoice(Exception):
    """There is no such kind, or no such way to be told."""


def of(user: User) -> Mapping[str, str]:
    """The person's delivery of every kind, by its name."""
    chosen = dict(Preference.objects.filter(user=user).values_list("kind", "delivery"))
    return {kind.name: allowed(kind, chosen.get(kind.name, DEFAULT)) for kind in kinds.everything()}


def deliveries(users: Iterable[User], name: str) -> Mapping[int, str]:
    """Delivery of an entry of this dotted name to each person, by primary key; one query."""
    kind = kinds.find(name)
    people = [user.pk for user in users]
    if kind is None or not people:
        return dict.fromkeys(people, DEFAULT)
    chosen = dict(Preference.objects.filter(user__in=people, kind=kind.name).values_list("user", "delivery"))
    return {person: allowed(kind, chosen.get(person, DEFAULT)) for person in people}


def allowed(kind: kinds.Kind, delivery: str) -> str:
    # A kind may have become one of safety after somebody muted it.
    return DEFAULT if kind.safety and delivery == Delivery.MUTED else delivery


@transaction.atomic
def choose(*, by: User, choices: Mapping[str, str]) -> None:
    """Sets the person's own delivery of each of these kinds; others stay. All or nothing.

    Raises CannotBeMuted, UnknownChoice.
    """
    known = {kind.name: kind for kind in kinds.everything()}
    for name, delivery in choices.items():
        if name not in known or delivery not in Delivery.values:
            raise UnknownChoice("This is not one of the choices. Reload the page and choose again.")
        if known[name].safety and delivery == Delivery.MUTED:
            raise CannotBeMuted(
                f"“{known[name].label}” concerns safety and cannot be muted. Nothing was changed: choose the inbox, "
                "with or without showing it at once."
            )
    # By one statement, so that two windows of the same person do not meet in between.
    Preference.objects.bulk_create(
        [Preference(user=by, kind=name, delivery=delivery) for name, delivery in choices.items()],
        update_conflicts=True, unique_fields=["user", "kind"], update_fields=["delivery"],
    )  # fmt: skip
