from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import Q

from assignments import models
from assignments.downstream import client
from assignments.services import upserting
from assignments.services.gathering import reading
from assignments.services.inputs import consequences
from assignments.services.records import events
from assignments.services.writebacks import connecting
from tests import factories
from tests.downstream.conftest import Answer, Asked
from tests.factories import NOW
from tests.services.gathering.calls import DeadlinePasses, Sources, gather, is_being_read, line, setting, waiting_for

pytestmark = pytest.mark.django_db


class TestTrouble:
    def test_a_source_that_is_down_leaves_a_partial_run(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["permits"].before = lambda asked: Answer(503)

        gathered = gather(run)

        assert gathered.partial
        told = line(run, "permits")
        assert (told.status, told.detail, told.attempts) == ("DOWN", "answered 503", 2 * (client.ATTEMPTS - 1))
        assert told.data_as_of is None
        assert models.WorkOrder.objects.count() == 2

    def test_says_how_old_the_data_of_a_source_is_that_went_down(
        self, run: models.SuggestionRun, sources: Sources, district: models.District
    ) -> None:
        gather(run)
        models.SuggestionRun.objects.update(status="READY")
        sources["permits"].before = lambda asked: Answer(503)
        later = factories.SuggestionRunFactory(district=district, status="GATHERING")

        gather(later, now_fn=lambda: NOW + timedelta(hours=2))

        assert (line(later, "permits").data_as_of, line(later, "work").data_as_of) == (NOW, NOW + timedelta(hours=2))
        assert models.Permit.objects.count() == 1

    def test_a_source_that_is_silent_is_late(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources["permits"].before = lambda asked: Answer(silent=True)
        late = DeadlinePasses(monkeypatch, lambda: run.sources.filter(status="DONE").count() == 2)

        gathered = gather(run, on_change=late)

        assert is_being_read("permits")
        assert gathered.partial
        assert line(run, "permits").status == "LATE"
        assert line(run, "work").status == "DONE"

    def test_keeps_what_a_late_source_had_already_said(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slow(asked: Asked) -> Answer | None:
            return Answer(silent=True) if asked.path == "/api/outages" else None

        sources["permits"].before = slow
        late = DeadlinePasses(monkeypatch, models.Permit.objects.exists)

        gather(run, on_change=late)

        assert is_being_read("permits")
        assert line(run, "permits").status == "LATE"
        assert models.Permit.objects.count() == 1

    def test_a_source_may_not_take_longer_than_its_own_patience(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        models.DownstreamSystem.objects.filter(code="permits").update(timeout_seconds=1)
        sources["permits"].before = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        assert gather(run, seconds=120).partial
        assert reading.PATIENCE <= time.monotonic() - began < 60

    def test_tells_that_it_tries_again(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["work"].http.answer(Answer(503, headers={"Retry-After": "1"}))
        retrying = Q(status="RETRYING", detail="trying again in 1 s: answered 503")
        seen = threading.Event()
        # The second answer waits for the line: a slow machine would hear of both at once, and show the latter.
        sources["work"].before = waiting_for(seen)

        gather(run, on_change=setting(seen, run.sources.filter(retrying).exists))

        assert seen.is_set()
        assert (line(run, "work").status, line(run, "work").attempts) == ("DONE", 1)

    def test_a_missing_secret_is_named(self, run: models.SuggestionRun, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="work").update(secret_env="LINEUP_TEST_NO_SUCH_SECRET")

        gather(run)

        assert "LINEUP_TEST_NO_SUCH_SECRET is not set" in line(run, "work").detail


class TestEnding:
    def test_stops_when_told(self, run: models.SuggestionRun, sources: Sources) -> None:
        for source in sources.values():
            source.before = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        gathered = gather(run, seconds=60, stop=lambda: all(source.http.asked for source in sources.values()))

        assert time.monotonic() - began < 30
        assert gathered.partial
        assert set(run.sources.values_list("status", flat=True)) == {"LATE"}

    def test_ends_when_the_run_is_lost(self, run: models.SuggestionRun, sources: Sources) -> None:
        class Lost(Exception):
            pass

        def lost() -> None:
            raise Lost

        with pytest.raises(Lost):
            gather(run, on_change=lost)

        assert not run.sources.exists()

    def test_begins_anew_after_a_worker_that_died(self, run: models.SuggestionRun, sources: Sources) -> None:
        gather(run)

        gather(run)

        assert run.sources.count() == 3

    def test_an_error_of_our_own_is_not_blamed_on_the_source(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**values: Any) -> Any:
            raise LookupError("a mistake")

        monkeypatch.setattr(connecting, "to", broken)

        with pytest.raises(LookupError):
            gather(run)

    def test_mark_and_rows_are_one_transaction(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**values: Any) -> None:
            raise LookupError("a mistake")

        monkeypatch.setattr(events, "order_changed", broken)
        with pytest.raises(LookupError):
            gather(run)

        assert not models.WorkOrder.objects.exists()
        assert "orders:NORTH" not in models.DownstreamSystem.objects.get(code="work").versions

    @pytest.mark.django_db(transaction=True)
    def test_tries_again_after_a_deadlock(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upsert = upserting.upsert
        failures = [OperationalError("deadlock detected")]

        def once(**values: Any) -> upserting.Upserted:
            if failures:
                raise failures.pop()
            return upsert(**values)

        monkeypatch.setattr(upserting, "upsert", once)

        assert not gather(run).partial
        assert models.WorkOrder.objects.count() == 2


class TestConsequences:
    def test_what_was_gathered_is_followed(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        followed: set[int] = set()
        follow = consequences.follow

        def noting(**values: Any) -> set[int]:
            followed.update(values["order_ids"])
            return follow(**values)

        monkeypatch.setattr(consequences, "follow", noting)
        gathered = gather(run)

        assert followed == gathered.order_ids


def test_names_the_age_of_what_was_entered_before_the_first_reading(
    run: models.SuggestionRun, sources: Sources
) -> None:
    permits = models.DownstreamSystem.objects.get(code="permits")
    factories.PermitFactory(
        order__district=run.district, source=permits, source_reference="P-1", synced_at=NOW - timedelta(hours=3)
    )
    sources["permits"].before = lambda asked: Answer(503)

    gather(run)

    assert line(run, "permits").data_as_of == NOW - timedelta(hours=3)
