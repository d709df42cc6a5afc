from __future__ import annotations

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, pinning, revoking
from assignments.services.records import refusals

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(suggestion, mara, now) -> models.Assignment:
    """WO-1 by Line 1 at 08:00."""
    return approving.approve(suggestion=suggestion, by=mara, now=now)


class TestPinned:
    def test_stays_until_it_is_unpinned(self, assignment, mara, jonas, now, events_of):
        pinning.pin(assignment=assignment, by=mara, now=now)
        assert assignment.pinned

        pinning.unpin(assignment=assignment, by=jonas, now=now)

        assert not models.Assignment.objects.get().pinned
        assert events_of(assignment.order)[-2:] == ["assignment.pinned", "assignment.unpinned"]

    def test_twice_is_once(self, assignment, mara, now):
        for _ in range(2):
            pinning.pin(assignment=assignment, by=mara, now=now)

        assert models.AuditEntry.objects.filter(verb="assignment.pinned").count() == 1

    def test_is_refused_to_anybody_but_a_manager(self, assignment, vic, now):
        with pytest.raises(refusals.NotAManager):
            pinning.pin(assignment=assignment, by=vic, now=now)

    def test_is_refused_once_it_was_undone(self, assignment, mara, jonas, now):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=jonas, now=now)

        with pytest.raises(guards.AssignmentNotLive, match="Jonas Okafor undid this assignment"):
            pinning.pin(assignment=assignment, by=mara, now=now)
