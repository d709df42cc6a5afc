"""A run with a routing server: its times in the suggestions, and a mark on them where it did not tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.downstream import client
from assignments.queries import work_queue
from assignments.services.runs import running
from assignments.tasks import worker
from tests.commands.work.steps import AT_ONCE, Planner, until
from tests.downstream.conftest import Answer
from tests.downstream.routing_server import RoutingServer, seconds

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = "Travel estimated: the routing server did not answer."
Status = models.SuggestionRun.Status


@pytest.fixture
def roads(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoutingServer]:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)
    with RoutingServer() as server:
        settings.ROUTING_URL = server.url
        yield server


def planned(run: models.SuggestionRun) -> models.Suggestion:
    call_command("work", once=True)
    run.refresh_from_db()
    assert run.status == Status.READY
    return run.suggestions.get()


def browser(user: Any) -> Client:
    page = Client()
    page.force_login(user)
    return page


def test_plans_with_what_is_told(run, work, roads):
    suggestion = planned(run)

    assert suggestion.travel_minutes == round(seconds((41.9, -88.3), (41.95, -88.25)) / 60)
    assert suggestion.warnings == []
    assert {name: run.figures[name] for name in ("drives", "drives_asked", "drives_told", "drives_estimated")} == {
        "drives": 2, "drives_asked": 2, "drives_told": 2, "drives_estimated": 0
    }  # fmt: skip


def test_marks_what_was_estimated(run, work, roads, district, tomorrow):
    roads.respond = lambda asked: Answer(503)

    suggestion = planned(run)

    assert suggestion.warnings == [{"code": "travel-estimated", "text": NOTE}]
    assert (run.figures["drives_estimated"], run.figures["routing_error"]) == (2, "answered 503")
    assert not work_queue.bulk_approvable(district, tomorrow).exists()


def test_marks_nothing_where_no_server_is_set_up(run, work):
    suggestion = planned(run)

    assert suggestion.warnings == []
    assert "drives" not in run.figures


def test_says_that_no_road_leads_there(run, work, roads):
    roads.islands = {(41.95, -88.25)}

    assert planned(run).warnings[0]["text"] == "Travel estimated: the routing server knows no road for it."


def test_shows_the_mark_on_board_review_and_api(run, work, roads, mara, tomorrow):
    roads.respond = lambda asked: Answer(503)
    planned(run)
    page = browser(mara)

    shown_on_board = page.get(f"/districts/NORTH/board/?day={tomorrow}").content.decode()
    assert NOTE in shown_on_board
    assert "Travel is estimated for 2 drives: the routing server answered 503." in shown_on_board
    assert NOTE in page.get(f"/orders/{work.number}/?day={tomorrow}").content.decode()
    (told,) = page.get(f"/api/v1/suggestions/?order={work.number}").json()["results"]
    assert told["warnings"] == [{"code": "travel-estimated", "text": NOTE}]
    assert page.get(f"/api/v1/runs/{run.pk}/").json()["figures"]["drives_estimated"] == 2


@pytest.mark.serial
def test_a_run_cancelled_while_the_server_is_silent_is_left_at_once(run, work, roads, mara, settings):
    settings.ROUTING_DEADLINE = 600
    roads.respond = lambda asked: Answer(silent=True)
    planner = Planner()
    planner.start()
    until(lambda: roads.asked)

    running.cancel_run(run=run, by=mara, now=timezone.now())
    planner.join(timeout=AT_ONCE)
    connections.close_all()

    assert not planner.is_alive()
    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert run.figures["drives_asked"] == 2


def test_the_worker_removes_old_times(run, work, roads, capsys):
    planned(run)
    models.TravelTime.objects.update(fetched_at="2020-01-01T00:00Z")

    worker.clear()

    assert "2 old travel times removed" in capsys.readouterr().out
