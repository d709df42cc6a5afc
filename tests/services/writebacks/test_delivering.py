from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from assignments import models
from assignments.services.records import events, refusals
from assignments.services.writebacks import delivering
from notifications.models import Notification
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks import calls
from tests.services.writebacks.calls import WORKER, attempt, claim

pytestmark = pytest.mark.django_db


class TestDelivering:
    def test_an_acknowledgement_confirms_the_assignment(
        self, write_back: models.WriteBack, system: ScriptedSystem
    ) -> None:
        system.answer(acknowledged("B-7"))

        row = attempt()

        assert (row.status, row.reference, row.acknowledged_at) == ("ACKNOWLEDGED", "B-7", NOW)
        assert (row.lease_owner, row.lease_until, row.last_error) == ("", None, "")
        assert system.asked[0].headers["idempotency-key"] == str(write_back.idempotency_key)
        assert system.asked[0].body == {"order": "WO-1"}
        assert models.Assignment.objects.get().status == "CONFIRMED"

    def test_confirms_only_when_all_targets_have_acknowledged(
        self, write_back: models.WriteBack, system: ScriptedSystem
    ) -> None:
        other = factories.DownstreamSystemFactory(code="permits", base_url=system.url)
        factories.WriteBackFactory(
            assignment=write_back.assignment, target=other, next_attempt_at=NOW + timedelta(minutes=5)
        )
        system.respond = lambda asked: acknowledged()

        attempt()
        assert models.Assignment.objects.get().status == "APPROVED"
        attempt(NOW + timedelta(minutes=5))
        assert models.Assignment.objects.get().status == "CONFIRMED"

    def test_a_tentative_assignment_stays_tentative(self, write_back: models.WriteBack, system: ScriptedSystem) -> None:
        models.Assignment.objects.update(status="TENTATIVE")
        system.answer(acknowledged())

        assert attempt().status == "ACKNOWLEDGED"
        assert models.Assignment.objects.get().status == "TENTATIVE"

    def test_an_acknowledged_revoke_compensates_the_assign(
        self, write_back: models.WriteBack, system: ScriptedSystem
    ) -> None:
        system.respond = lambda asked: acknowledged()
        attempt()
        factories.WriteBackFactory(assignment=write_back.assignment, target=write_back.target, action="REVOKE")

        assert attempt().status == "ACKNOWLEDGED"
        write_back.refresh_from_db()
        assert write_back.status == "COMPENSATED"

    def test_tries_again_later_when_the_target_is_down(
        self, write_back: models.WriteBack, system: ScriptedSystem
    ) -> None:
        system.answer(Answer(503), acknowledged())

        row = attempt()

        assert (row.status, row.last_error) == ("FAILED", "Work management answered 503")
        assert NOW <= row.next_attempt_at <= NOW + timedelta(seconds=3)
        assert attempt(row.next_attempt_at).status == "ACKNOWLEDGED"
        assert len({asked.headers["idempotency-key"] for asked in system.asked}) == 1

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("asked", ["50", "a date"])
    def test_waits_as_long_as_the_target_asks(
        self, write_back: models.WriteBack, target: Any, system: ScriptedSystem, status: int, asked: str
    ) -> None:
        if not asked.isdecimal():
            asked = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
        system.answer(Answer(status, headers={"Retry-After": asked}))

        row = attempt()

        assert NOW + timedelta(seconds=45) <= row.next_attempt_at <= NOW + timedelta(seconds=50)
        target.refresh_from_db()
        assert target.resumes_at == row.next_attempt_at
        assert not target.is_away

    def test_a_booking_that_cannot_be_taken_needs_a_person_at_once(
        self, write_back: models.WriteBack, system: ScriptedSystem, mara: Any, vic: Any
    ) -> None:
        system.answer(Answer(422, {"detail": "crew C-9 is not known"}))

        row = attempt()

        assert (row.status, row.attempts) == ("DEAD", 1)
        assert row.last_error == "Work management answered 422: crew C-9 is not known"
        told = Notification.objects.get()
        assert (told.user, told.kind, told.actor) == (mara, "write-back.dead", None)
        assert "WO-1" in told.title

    def test_shows_the_secret_of_the_target(
        self, write_back: models.WriteBack, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LINEUP_SECRET_WORK", "open-sesame")
        models.DownstreamSystem.objects.update(secret_env="LINEUP_SECRET_WORK")
        system.answer(acknowledged())

        attempt()

        assert system.asked[0].headers["authorization"] == "Bearer open-sesame"

    @pytest.mark.parametrize("answer", [acknowledged(), Answer(503)])
    def test_a_worker_that_lost_its_lease_changes_nothing(
        self, write_back: models.WriteBack, system: ScriptedSystem, answer: Answer
    ) -> None:
        system.answer(answer)
        [slow] = claim()
        claim(NOW + timedelta(hours=1), owner="worker-2")

        row = calls.deliver(write_back=slow, owner=WORKER, now_fn=lambda: NOW)

        assert (row.status, row.lease_owner) == ("SENDING", "worker-2")

    def test_a_crash_after_the_post_sends_the_same_key_again(
        self, write_back: models.WriteBack, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system.answer(acknowledged("B-7"), acknowledged("B-7", replayed=True))

        def crash(**values: Any) -> None:
            raise RuntimeError("the machine stopped")

        [row] = claim()

        with monkeypatch.context() as patch:
            patch.setattr(events, "order_changed", crash)
            with pytest.raises(RuntimeError):
                calls.deliver(write_back=row, owner=WORKER, now_fn=lambda: NOW)
        write_back.refresh_from_db()
        assert (write_back.status, models.Assignment.objects.get().status) == ("SENDING", "APPROVED")

        row = attempt(NOW + timedelta(minutes=1))

        assert (row.status, row.reference, row.attempts) == ("ACKNOWLEDGED", "B-7", 2)
        assert len({asked.headers["idempotency-key"] for asked in system.asked}) == 1


class TestRetry:
    def test_sends_a_dead_one_again_and_records_who_asked(self, write_back: models.WriteBack, mara: Any) -> None:
        models.WriteBack.objects.update(status="DEAD", attempts=8, last_error="Work management answered 503")

        row = delivering.retry(write_back=write_back, by=mara, now=NOW + timedelta(hours=1))

        assert (row.status, row.next_attempt_at, row.attempts) == ("PENDING", NOW + timedelta(hours=1), 8)
        entry = models.AuditEntry.objects.get(verb="write-back.retried")
        assert (entry.actor, entry.order) == (mara, write_back.assignment.order)

    def test_lets_a_failed_one_wait_no_longer(self, write_back: models.WriteBack, mara: Any) -> None:
        models.WriteBack.objects.update(status="FAILED", next_attempt_at=NOW + timedelta(hours=1))

        row = delivering.retry(write_back=write_back, by=mara, now=NOW)

        assert (row.status, row.next_attempt_at) == ("FAILED", NOW)

    @pytest.mark.parametrize("status", ["PENDING", "SENDING", "ACKNOWLEDGED", "COMPENSATED"])
    def test_refuses_what_has_not_failed(self, write_back: models.WriteBack, mara: Any, status: str) -> None:
        models.WriteBack.objects.update(status=status)

        with pytest.raises(delivering.NothingToRetry):
            delivering.retry(write_back=write_back, by=mara, now=NOW)

        assert not models.AuditEntry.objects.exists()

    def test_refuses_who_is_not_a_manager(self, write_back: models.WriteBack, vic: Any) -> None:
        models.WriteBack.objects.update(status="DEAD")

        with pytest.raises(refusals.NotAManager):
            delivering.retry(write_back=write_back, by=vic, now=NOW)
