"""A target that is away: everything waits, is told in order on its return, and managers hear of it twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.records import refusals
from assignments.services.writebacks import breaking, delivering
from notifications.models import Event, Notification
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks import calls
from tests.services.writebacks.calls import WORKER, claim

pytestmark = pytest.mark.django_db
LOOK = timedelta(seconds=5)


@pytest.fixture
def waiting(district: models.District, target: models.DownstreamSystem) -> list[models.WriteBack]:
    """Five decisions that are to be told, each of a crew of its own."""
    return [_decision(district, target, f"WO-{number}") for number in range(1, 6)]


def _decision(district: models.District, target: models.DownstreamSystem, number: str) -> models.WriteBack:
    crew = factories.CrewFactory(district=district)
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    return factories.WriteBackFactory(assignment=assignment, target=target, payload={"order": number})


def _clock(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def work(start: Any, *, lasts: timedelta, every: timedelta = LOOK) -> Any:
    """A worker that looks every few seconds; the time after it."""
    now = start
    while now < start + lasts:
        for row in claim(now):
            calls.deliver(write_back=row, owner=WORKER, now_fn=_clock(now))
        now += every
    return now


def statuses() -> set[str]:
    return set(models.WriteBack.objects.values_list("status", flat=True))


def kinds(person: Any) -> list[str]:
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("kind", flat=True))


class TestAway:
    def test_for_a_weekend_nothing_dies_and_all_is_told_within_a_minute(self, waiting, target, system, mara):
        system.respond = lambda asked: Answer(503)
        now = work(NOW, lasts=timedelta(minutes=10))
        now = work(now, lasts=timedelta(hours=60), every=timedelta(minutes=45))
        assert "DEAD" not in statuses()

        system.respond = lambda asked: acknowledged()
        back = len(system.asked)
        work(now, lasts=timedelta(minutes=1))

        assert statuses() == {"ACKNOWLEDGED"}
        assert len(system.asked) - back == 5
        assert kinds(mara) == ["system.away", "system.back"]
        told = Notification.objects.get(user=mara, kind="system.away")
        assert (told.title, "answered 503" in told.body) == ("Work management takes no decisions", True)

    def test_what_waits_counts_no_attempts(self, waiting, target, system):
        system.respond = lambda asked: Answer(503)

        work(NOW, lasts=timedelta(minutes=30), every=timedelta(seconds=20))

        assert models.DownstreamSystem.objects.get().is_away
        attempts = sorted(models.WriteBack.objects.values_list("attempts", flat=True))
        assert sum(attempts) == len(system.asked) < 400

    def test_it_is_tried_with_one_at_a_time(self, waiting, target, system):
        models.DownstreamSystem.objects.update(is_away=True, failures=3, away_since=NOW, resumes_at=NOW)

        assert len(claim()) == 1
        assert claim(owner="worker-2") == []

    def test_a_short_absence_is_nobodys_business(self, waiting, target, system, mara):
        system.answer(Answer(503), Answer(503), Answer(503), Answer(503), Answer(503))
        system.respond = lambda asked: acknowledged()

        work(NOW, lasts=timedelta(minutes=1), every=timedelta(seconds=1))

        assert statuses() == {"ACKNOWLEDGED"}
        assert kinds(mara) == []

    def test_boards_are_told(self, waiting, target, system, district):
        system.respond = lambda asked: Answer(503)
        work(NOW, lasts=timedelta(seconds=1))
        system.respond = lambda asked: acknowledged()
        work(NOW + timedelta(minutes=1), lasts=timedelta(minutes=1))

        told = [event.data for event in Event.objects.filter(type="system.telling").order_by("pk")]
        assert [(one["system"], one["away"]) for one in told] == [("work", True), ("work", False)]

    @pytest.mark.parametrize("status", [429, 503])
    def test_one_that_asks_for_half_an_hour_is_away_for_all_to_see(
        self, waiting, target, system, district, mara, status
    ):
        system.respond = lambda asked: Answer(status, headers={"Retry-After": "1800"})
        work(NOW, lasts=LOOK)

        row = models.DownstreamSystem.objects.get()
        assert (row.is_away, row.away_because) == (True, f"answered {status}")
        assert row.resumes_at == NOW + timedelta(minutes=30)
        assert kinds(mara) == ["system.away"]

        system.respond = lambda asked: acknowledged()
        breaking.send_now(target=target, district=district, by=mara, now=NOW + LOOK)
        work(NOW + LOOK, lasts=timedelta(minutes=1))
        assert statuses() == {"ACKNOWLEDGED"}
        assert kinds(mara) == ["system.away", "system.back"]

    @pytest.mark.parametrize("status", [429, 503])
    def test_one_that_asks_for_half_a_minute_is_not(self, waiting, target, system, mara, status):
        system.respond = lambda asked: Answer(status, headers={"Retry-After": "30"})

        for row in claim(limit=1):
            calls.deliver(write_back=row, owner=WORKER, now_fn=lambda: NOW)

        assert not models.DownstreamSystem.objects.get().is_away
        assert claim(NOW + timedelta(seconds=29)) == []
        assert claim(NOW + timedelta(seconds=31)) != []

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_token_is_the_targets_trouble_and_not_the_rows(self, waiting, target, system, mara, status):
        system.respond = lambda asked: Answer(status)

        work(NOW, lasts=timedelta(hours=1), every=timedelta(minutes=1))

        assert statuses() == {"PENDING"}
        assert set(models.WriteBack.objects.values_list("attempts", "may_be_known")) == {(0, False)}
        assert "its token is refused" in models.DownstreamSystem.objects.get().away_because
        assert kinds(mara) == ["system.away"]

    @pytest.mark.parametrize(("secret", "says"), [(None, "is not set"), ("geheimnß", "no header can carry")])
    def test_so_is_a_secret_that_cannot_be_sent(self, waiting, target, system, mara, monkeypatch, secret, says):
        models.DownstreamSystem.objects.update(secret_env="LINEUP_SECRET_WORK")
        if secret:
            monkeypatch.setenv("LINEUP_SECRET_WORK", secret)

        work(NOW, lasts=timedelta(minutes=5))

        assert statuses() == {"PENDING"}
        assert says in models.DownstreamSystem.objects.get().away_because
        assert kinds(mara) == ["system.away"]

    def test_a_secret_may_end_with_a_line(self, waiting, target, system, monkeypatch):
        models.DownstreamSystem.objects.update(secret_env="LINEUP_SECRET_WORK")
        monkeypatch.setenv("LINEUP_SECRET_WORK", "open-sesame\n")
        system.respond = lambda asked: acknowledged()

        work(NOW, lasts=LOOK)

        assert system.asked[0].headers["authorization"] == "Bearer open-sesame"

    def test_one_that_only_one_booking_troubles_stays_at_work(self, waiting, target, system):
        system.respond = lambda asked: Answer(500) if asked.body["order"] == "WO-1" else acknowledged()

        work(NOW, lasts=timedelta(minutes=5))
        _decision(waiting[0].assignment.order.district, target, "WO-9")
        now = work(NOW + timedelta(minutes=10), lasts=timedelta(minutes=5))

        left = models.WriteBack.objects.exclude(status="ACKNOWLEDGED").values_list("payload__order", flat=True)
        assert list(left) == ["WO-1"]
        assert now > NOW

    def test_after_days_a_person_must_look(self, waiting, target, system, mara):
        system.respond = lambda asked: Answer(500)
        models.WriteBack.objects.update(give_up_at=NOW + timedelta(days=7))

        work(NOW, lasts=timedelta(minutes=1))
        assert "DEAD" not in statuses()
        work(NOW + timedelta(days=7), lasts=timedelta(hours=1), every=timedelta(minutes=1))

        assert statuses() == {"DEAD"}


class TestSendNow:
    def test_it_is_tried_at_once(self, waiting, target, system, district, mara):
        models.DownstreamSystem.objects.update(
            is_away=True, failures=9, away_since=NOW, resumes_at=NOW + timedelta(seconds=30)
        )
        assert claim() == []

        breaking.send_now(target=target, district=district, by=mara, now=NOW)

        assert len(claim()) == 1
        assert models.AuditEntry.objects.get().verb == "system.tried"

    def test_is_for_managers(self, waiting, target, district, vic, stella):
        models.DownstreamSystem.objects.update(is_away=True)
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                breaking.send_now(target=target, district=district, by=person, now=NOW)

    def test_refuses_when_it_is_at_work(self, target, district, mara):
        with pytest.raises(breaking.NotAway):
            breaking.send_now(target=target, district=district, by=mara, now=NOW)


class TestAnswers:
    """Answers that count as taken, and others."""

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(204, raw=b""),
            Answer(200, {"reference": 4711}),
            Answer(201, {}),
        ],
    )
    def test_a_system_that_has_little_to_say(self, waiting, target, system: ScriptedSystem, answer):
        system.respond = lambda asked: answer

        work(NOW, lasts=LOOK)

        assert statuses() == {"ACKNOWLEDGED"}

    def test_a_gateways_page_is_no_answer(self, waiting, target, system):
        system.respond = lambda asked: Answer(200, raw=b"<html>Welcome</html>")

        work(NOW, lasts=LOOK)

        assert statuses() == {"FAILED"}

    def test_a_conflict_after_a_long_absence_is_the_first_of_five(self, waiting, target, system):
        models.WriteBack.objects.update(attempts=32_000, status="FAILED", may_be_known=True)
        system.respond = lambda asked: Answer(409, {"detail": "Your first request is still worked on"})
        work(NOW, lasts=LOOK)
        assert statuses() == {"FAILED"}

        # Between two conflicts it was not there: they are not in a row.
        system.respond = lambda asked: Answer(503)
        work(NOW + timedelta(minutes=2), lasts=LOOK)
        assert set(models.WriteBack.objects.values_list("conflicts", flat=True)) <= {None, 1}
        system.respond = lambda asked: acknowledged()
        work(NOW + timedelta(minutes=5), lasts=timedelta(minutes=3))
        assert statuses() == {"ACKNOWLEDGED"}
        assert max(models.WriteBack.objects.values_list("attempts", flat=True)) == 32_000

    def test_a_conflict_that_does_not_pass_needs_a_person(self, waiting, target, system):
        system.respond = lambda asked: Answer(409, {"detail": "The crew is taken"})

        work(NOW, lasts=timedelta(hours=1))

        assert statuses() == {"DEAD"}
        assert set(models.WriteBack.objects.values_list("attempts", flat=True)) == {delivering.CONFLICTS}
        assert not models.DownstreamSystem.objects.get().is_away
