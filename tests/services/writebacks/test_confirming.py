"""That a tentative assignment is firm reaches each target after the assignment itself and before any undo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.writebacks import delivering
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks.calls import attempt, claim

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def confirm(write_back: models.WriteBack) -> models.WriteBack:
    """Beside the pending assignment to the same target, and due before it."""
    return factories.WriteBackFactory(
        assignment=write_back.assignment, target=write_back.target, action="CONFIRM",
        next_attempt_at=NOW - timedelta(minutes=1),
    )  # fmt: skip


def claimed(now: Any = NOW) -> list[str]:
    return [row.action for row in claim(now)]


class TestOrder:
    @pytest.mark.parametrize(
        ("assign", "goes"),
        [
            ("PENDING", False),
            ("SENDING", False),
            ("FAILED", False),
            # It may be sent again by a person, and would then make the booking tentative again.
            ("DEAD", False),
            ("ACKNOWLEDGED", True),
        ],
    )
    def test_a_confirm_waits_for_its_assign(self, write_back, confirm, assign, goes):
        models.WriteBack.objects.filter(pk=write_back.pk).update(
            status=assign, next_attempt_at=LATER, lease_until=LATER
        )

        assert claimed() == (["CONFIRM"] if goes else [])

    def test_they_go_one_after_the_other(self, write_back, confirm, system):
        system.respond = lambda asked: acknowledged()

        assert [attempt().action, attempt().action] == ["ASSIGN", "CONFIRM"]

    def test_a_confirm_does_not_wait_for_other_targets(self, write_back, confirm, system):
        other = factories.DownstreamSystemFactory(code="permits", base_url=system.url)
        factories.WriteBackFactory(assignment=write_back.assignment, target=other, next_attempt_at=LATER)
        models.WriteBack.objects.filter(pk=write_back.pk).update(status="ACKNOWLEDGED")

        assert claimed() == ["CONFIRM"]

    @pytest.mark.parametrize(
        ("status", "goes"),
        [("SENDING", False), ("FAILED", False), ("ACKNOWLEDGED", True), ("DEAD", True), ("COMPENSATED", True)],
    )
    def test_a_revoke_waits_for_the_confirm(self, write_back, confirm, status, goes):
        models.WriteBack.objects.filter(pk=write_back.pk).update(status="ACKNOWLEDGED")
        models.WriteBack.objects.filter(pk=confirm.pk).update(status=status, next_attempt_at=LATER, lease_until=LATER)
        factories.WriteBackFactory(assignment=write_back.assignment, target=write_back.target, action="REVOKE")

        assert claimed() == (["REVOKE"] if goes else [])


class TestAcknowledged:
    def test_the_assignment_is_confirmed_by_the_last_of_both(self, write_back, confirm, system: ScriptedSystem):
        system.respond = lambda asked: acknowledged()

        attempt()
        assert models.Assignment.objects.get().status == "APPROVED"
        attempt()
        assert models.Assignment.objects.get().status == "CONFIRMED"

    def test_the_assignment_is_not_confirmed_while_another_target_has_not_taken_it(
        self, write_back, confirm, system: ScriptedSystem
    ):
        other = factories.DownstreamSystemFactory(code="permits", base_url=system.url)
        for action in ("ASSIGN", "CONFIRM"):
            factories.WriteBackFactory(
                assignment=write_back.assignment, target=other, action=action, next_attempt_at=LATER
            )
        system.respond = lambda asked: acknowledged()

        attempt()
        attempt()
        assert models.Assignment.objects.get().status == "APPROVED"
        attempt(LATER)
        assert models.Assignment.objects.get().status == "APPROVED"
        attempt(LATER)
        assert models.Assignment.objects.get().status == "CONFIRMED"

    def test_a_revoke_takes_both_back(self, write_back, confirm, system: ScriptedSystem):
        models.WriteBack.objects.update(status="ACKNOWLEDGED", acknowledged_at=NOW)
        factories.WriteBackFactory(assignment=write_back.assignment, target=write_back.target, action="REVOKE")
        system.answer(acknowledged())

        attempt()

        found = dict(models.WriteBack.objects.values_list("action", "status"))
        assert found == {"ASSIGN": "COMPENSATED", "CONFIRM": "COMPENSATED", "REVOKE": "ACKNOWLEDGED"}

    def test_a_refused_confirm_needs_a_person_and_can_be_sent_again(
        self, write_back, confirm, system: ScriptedSystem, mara
    ):
        models.WriteBack.objects.filter(pk=write_back.pk).update(status="ACKNOWLEDGED")
        system.answer(Answer(422, {"detail": "There is no assignment"}), acknowledged())

        assert attempt().status == "DEAD"
        delivering.retry(write_back=confirm, by=mara, now=NOW)

        assert attempt().status == "ACKNOWLEDGED"
        assert models.Assignment.objects.get().status == "CONFIRMED"
