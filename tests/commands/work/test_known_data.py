"""A run plans at once with what is known, and again when a source has brought something."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services.following import leasing
from assignments.services.runs import running, waiving
from assignments.tasks import following, planning, process
from tests import factories
from tests.commands.work.steps import AT_ONCE, Planner, until
from tests.downstream.conftest import ScriptedSystem
from tests.records import order
from tests.services.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)

Status = models.SuggestionRun.Status


@pytest.fixture(autouse=True)
def _first_plans_alone(settings: Any) -> None:
    """Makes no plan better: that has tests of its own."""
    settings.IMPROVE_SECONDS = 0


@pytest.fixture
def source() -> Iterator[Source]:
    with ScriptedSystem() as http:
        factories.DownstreamSystemFactory(code="work", base_url=http.url, timeout_seconds=AT_ONCE)
        yield Source(http, {Resource.ORDERS: []})


@pytest.fixture
def follower() -> Iterator[None]:
    """The source is followed beside, as in any worker."""
    following.follower.cache_clear()
    thread = threading.Thread(target=following.follower().run, daemon=True)
    thread.start()
    yield
    process.stopping.set()
    following.look()
    thread.join(AT_ONCE)
    following.follower.cache_clear()


def told(run: models.SuggestionRun) -> models.SuggestionRun:
    return models.SuggestionRun.objects.get(pk=run.pk)


def test_suggestions_come_before_a_source_that_hangs(run: Any, work: Any, silent_source: Any) -> None:
    """The first suggestion used to wait for the slowest source, up to a minute."""
    planner = Planner()
    planner.start()

    until(lambda: "plan" in told(run).figures)

    assert run.suggestions.get().in_plan
    assert told(run).status == Status.SCORING
    assert run.sources.get().status == "WAITING"
    process.stopping.set()
    planner.join(AT_ONCE)


def test_what_a_source_brings_is_planned_in_the_same_run(
    run: Any, work: Any, source: Source, request: pytest.FixtureRequest
) -> None:
    brought = threading.Event()

    def later(asked: Any) -> None:
        assert brought.wait(AT_ONCE)

    source.before = later
    source.world[Resource.ORDERS] = [order("W-9", 3, number="WO-9", latitude=work.latitude, longitude=work.longitude)]
    # Only now: what it had read before would be enough for the run.
    request.getfixturevalue("follower")
    planner = Planner()
    planner.start()
    until(lambda: "plan" in told(run).figures)
    assert run.suggestions.count() == 1

    brought.set()
    planner.join(AT_ONCE)

    ended = told(run)
    assert (ended.status, ended.orders_total, ended.orders_ranked, ended.orders_in_plan) == (Status.READY, 2, 2, 2)
    assert {one.order.number for one in run.suggestions.filter(status="PROPOSED")} == {"WO-1", "WO-9"}
    line = run.sources.get()
    # Of how many records it says is the last reading's, and another may have begun.
    assert line.status == "DONE"
    assert line.data_as_of >= run.requested_at


def test_a_run_does_not_wait_for_a_source_that_was_down_a_minute_ago(run: Any, work: Any, silent_source: Any) -> None:
    now = timezone.now()
    leasing.ask(now=now)
    models.FollowedSource.objects.update(failed_at=now - timedelta(minutes=1), detail="answered 503")

    assert planning.claim_and_execute(owner="worker").status == Status.PARTIAL

    line = run.sources.get()
    assert (line.status, line.detail) == ("DOWN", "answered 503")


def test_go_on_without_it_ends_the_waiting(run: Any, work: Any, silent_source: Any, mara: Any) -> None:
    planner = Planner()
    planner.start()
    until(lambda: "plan" in told(run).figures)

    waiving.go_on(run=told(run), by=mara, now=timezone.now())
    planner.join(AT_ONCE)

    assert told(run).status == Status.PARTIAL
    assert run.sources.get().detail == "was not waited for any longer"


def test_a_run_waits_for_no_source_while_another_run_waits_for_a_worker(
    run: Any, work: Any, silent_source: Any, stella: Any, elsewhere: Any
) -> None:
    planner = Planner()
    planner.start()
    until(lambda: "plan" in told(run).figures)

    running.request_run(district=elsewhere, day=run.day, by=stella, now=timezone.now())
    planner.join(AT_ONCE)

    assert told(run).status == Status.PARTIAL


def test_keeping_the_plan_waits_for_no_source_either(run: Any, work: Any, silent_source: Any) -> None:
    planner = Planner()
    planner.start()
    until(lambda: "plan" in told(run).figures)

    models.SuggestionRun.objects.update(keep_asked_at=timezone.now())
    planner.join(AT_ONCE)

    assert told(run).status == Status.PARTIAL
