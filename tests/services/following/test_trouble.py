"""Sources that are down, silent or slow hold up nothing, and say so."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from assignments import models
from assignments.downstream import client
from assignments.services import upserting
from assignments.services.following import fetching
from assignments.services.writebacks import connecting
from assignments.tasks import following, process
from tests.downstream.conftest import Answer, Asked
from tests.factories import NOW
from tests.services.following.calls import PATIENCE, Sources, again, follow, follow_until, followed

pytestmark = pytest.mark.django_db


class TestTrouble:
    def test_a_source_that_is_down_leaves_what_was_known(self, sources: Sources) -> None:
        follow()
        sources["permits"].before = lambda asked: Answer(503)

        again(NOW + timedelta(hours=2))

        row = followed("permits")
        assert (row.read_at, row.failed_at, row.detail) == (NOW, NOW + timedelta(hours=2), "answered 503")
        assert row.attempts >= client.ATTEMPTS - 1
        assert followed("work").read_at == NOW + timedelta(hours=2)
        assert models.Permit.objects.count() == 1

    def test_a_collection_that_is_not_there_leaves_out_no_other(self, sources: Sources) -> None:
        sources["workforce"].before = lambda asked: Answer(404) if asked.path == "/api/equipment" else None

        follow()

        assert models.Shift.objects.count() == 1
        assert (followed("workforce").read_at, followed("workforce").detail) == (None, "answered 404")

    def test_one_that_hangs_holds_up_nothing(self, sources: Sources) -> None:
        sources["permits"].before = lambda asked: Answer(silent=True)

        assert not follow_until(models.FollowedSource.objects.filter(system__code="work", read_at=NOW).exists)

        assert followed("permits").read_at is None

    def test_keeps_what_it_had_already_said(self, sources: Sources) -> None:
        def slow(asked: Asked) -> Answer | None:
            return Answer(silent=True) if asked.path == "/api/outages" else None

        sources["permits"].before = slow

        assert not follow_until(models.Permit.objects.exists)

        assert models.Permit.objects.count() == 1

    def test_may_not_take_longer_for_a_page_than_its_own_patience(self, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="permits").update(timeout_seconds=1)
        sources["permits"].before = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        assert follow()

        assert fetching.PATIENCE <= time.monotonic() - began < PATIENCE
        assert followed("permits").detail == "did not answer everything in the time given"

    def test_a_missing_secret_is_named(self, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="work").update(secret_env="LINEUP_SECRET_NOWHERE")

        follow()

        assert "LINEUP_SECRET_NOWHERE is not set" in followed("work").detail

    def test_an_answer_that_is_too_large_is_named(self, sources: Sources, settings: Any) -> None:
        settings.SOURCE_ANSWER_MB = 0.001
        sources["work"].before = lambda asked: Answer(raw=b" " * 2000)

        follow()

        assert followed("work").detail == "answered with more than 0.0 MB as it travels"

    def test_an_error_of_our_own_is_not_blamed_on_the_source(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(**values: Any) -> Any:
            raise LookupError("a mistake")

        monkeypatch.setattr(connecting, "adapter", broken)

        follow()

        assert set(models.FollowedSource.objects.values_list("detail", flat=True)) == {
            "an error in Lineup; tell an administrator"
        }
        assert "a mistake" in caplog.text

    @pytest.mark.django_db(transaction=True)
    def test_tries_again_after_a_deadlock(self, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
        upsert = upserting.upsert
        failures = [OperationalError("deadlock detected")]

        def once(**values: Any) -> upserting.Upserted:
            if failures:
                raise failures.pop()
            return upsert(**values)

        monkeypatch.setattr(upserting, "upsert", once)

        follow()

        assert models.WorkOrder.objects.count() == 2


class TestEnding:
    def test_gives_its_sources_back_when_asked_to_stop(self, sources: Sources) -> None:
        for source in sources.values():
            source.before = lambda asked: Answer(silent=True)
        worker = following.SourceFollower(owner="worker-1", now_fn=lambda: NOW)
        worker.look()
        worker.turn()
        assert set(models.FollowedSource.objects.values_list("lease_owner", flat=True)) == {"worker-1"}

        process.stopping.set()
        worker.finish(0)

        assert set(models.FollowedSource.objects.values_list("lease_owner", "lease_until")) == {("", None)}

    def test_no_thread_is_waited_for_at_the_end_of_the_process(self, sources: Sources) -> None:
        sources["work"].before = lambda asked: Answer(silent=True)

        follow(seconds=1)

        hanging = [thread for thread in threading.enumerate() if thread.name == "reading-work"]
        assert hanging
        assert all(thread.daemon for thread in hanging)
