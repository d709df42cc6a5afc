"""A writer that takes no lock slips in between the checks and the insert: the database refuses, the manager is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models.signals import pre_save

from assignments import models
from assignments.services import approving
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def slips_in() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Has a rival write once, at the moment in which the approval is about to insert its assignment."""
    rivals: list[Callable[[], Any]] = []

    def write(**_: Any) -> None:
        if rivals:
            rivals.pop()()

    pre_save.connect(write, sender=models.Assignment)
    yield rivals.append
    pre_save.disconnect(write, sender=models.Assignment)


def test_of_the_same_crew_is_refused_in_words(suggestion, mara, now, slips_in):
    slips_in(lambda: factories.AssignmentFactory(shift=suggestion.shift, starts_at=at("08:30")))

    with pytest.raises(approving.RulesBroken, match="Line 1 is taken at that time"):
        approving.approve(suggestion=suggestion, by=mara, now=now)

    suggestion.refresh_from_db()
    assert suggestion.status == "PROPOSED"
    assert not models.Assignment.objects.exists()


def test_of_something_else_is_no_refusal(suggestion, mara, now, slips_in):
    def breaks_another_constraint() -> None:
        factories.AssignmentFactory(starts_at=at("08:00"), ends_at=at("07:00"))

    slips_in(breaks_another_constraint)

    with pytest.raises(IntegrityError, match="assignment_ends_after_it_starts"):
        approving.approve(suggestion=suggestion, by=mara, now=now)
