"""Signs of life of workers: by the database's clock, and told to pages only when the last goes or the first comes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from assignments import models
from assignments.queries import workers
from assignments.services import beating
from assignments.services.records import worker_events
from assignments.streams import rendering
from notifications.models import Event
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def told() -> list[dict[str, Any]]:
    found = Event.objects.filter(type=worker_events.WORKERS_CHANGED.name).order_by("pk")
    return [event.data for event in found]


def falls_silent() -> None:
    """All workers were last seen an hour ago."""
    hour_ago = timezone.now() - timedelta(hours=1)
    models.WorkerBeat.objects.update(seen_at=hour_ago)


class TestBeat:
    def test_the_first_is_told_to_each_district(self, district, elsewhere, now):
        assert beating.beat(owner="one", now=now)

        assert [(one["district"], one["running"]) for one in told()] == [(district.pk, True), (elsewhere.pk, True)]

    def test_those_that_follow_wake_nobody(self, district, now):
        beating.beat(owner="one", now=now)
        before = Event.objects.count()

        assert not any(beating.beat(owner=owner, now=now) for owner in ("one", "two", "one"))
        assert Event.objects.count() == before
        assert workers.seen().running == 2

    def test_the_clock_of_the_worker_does_not_matter(self, district):
        beating.beat(owner="ahead", now=timezone.now() + timedelta(days=1))

        assert models.WorkerBeat.objects.filter(seen_at__lte=Now(), seen_at__gt=Now() - timedelta(seconds=20)).exists()

    def test_rows_of_workers_long_gone_are_removed(self, district, now):
        factories.WorkerBeatFactory(owner="old", seen_at=factories.LONG_AGO)

        beating.beat(owner="new", now=now)

        assert list(models.WorkerBeat.objects.values_list("owner", flat=True)) == ["new"]


class TestLook:
    def test_one_that_runs_is_nothing_to_tell(self, district, now):
        beating.beat(owner="one", now=now)
        before = told()

        assert not beating.look(known=None, now=now).is_silent
        assert told() == before

    def test_an_absence_is_told_once_by_all_who_look(self, district, now):
        beating.beat(owner="one", now=now)
        falls_silent()
        before = len(told())

        seen = beating.look(known=None, now=now)
        beating.look(known=seen, now=now)
        beating.look(known=None, now=now)

        assert [one["running"] for one in told()[before:]] == [False]

    def test_the_next_absence_is_told_anew(self, district, now):
        factories.WorkerBeatFactory()
        known = beating.look(known=None, now=now)
        beating.beat(owner="back", now=now)
        falls_silent()

        beating.look(known=known, now=now)

        assert [one["running"] for one in told()] == [False, True, False]

    def test_that_there_never_was_one_is_told_too(self, district, now):
        beating.look(known=None, now=now)

        assert [(one["running"], one["seen_at"]) for one in told()] == [(False, None)]


class TestNotice:
    def html(self, district: models.District, now: Any) -> str:
        """As browsers get it."""
        beating.look(known=None, now=now)
        found: str = rendering.workers_notice(told()[-1])["html"]
        return found

    def test_says_since_when_and_what_to_do(self, district, now):
        factories.WorkerBeatFactory(seen_at=factories.at("05:40"))

        html = self.html(district, now)

        assert "No worker has run since" in html
        assert "05:40" in html
        assert "manage.py work" in html

    def test_is_empty_when_one_has_come_back(self, district, now):
        factories.WorkerBeatFactory()
        beating.beat(owner="back", now=now)

        assert rendering.workers_notice(told()[-1]) == {"html": ""}


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_back_together_are_all_seen(district, now):
    at_once(*(partial(beating.beat, owner=f"worker-{n}", now=now) for n in range(4)))

    assert workers.seen().running == 4
