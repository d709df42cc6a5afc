"""One run's stream: how it stands, what becomes ready, its result, and the end for good."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.engine import planning
from assignments.services.runs import running, suggesting
from assignments.services.snapshots import snapshotting
from assignments.streams import rules
from notifications.models import Event
from notifications.services import event_log, positions
from notifications.streams.fanout import frames
from tests import factories
from tests.streams.conftest import Server

Status = models.SuggestionRun.Status
OWNER = "worker"


@pytest.fixture(params=["direct", "behind_pushpin"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


@pytest.fixture
def run(transactional_db: None, district: models.District, mara: Any) -> models.SuggestionRun:
    """Asked for by Mara just now; no worker has it yet."""
    now = timezone.now()
    day = now.astimezone(district.zone).date()
    return running.request_run(district=district, day=day, by=mara, now=now)[0]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def path(run: models.SuggestionRun, cursor: str = "") -> str:
    return f"/runs/{run.pk}/events/" + (f"?cursor={cursor}" if cursor else "")


def claim(run: models.SuggestionRun) -> models.SuggestionRun:
    claimed = running.claim(owner=OWNER, now=timezone.now())
    assert claimed == run
    return claimed


def finish(run: models.SuggestionRun) -> None:
    """The rest of a run, as its worker would take it."""
    for stage in (Status.SCREENING, Status.SCORING):
        running.advance(run=run, owner=OWNER, to=stage, now=timezone.now())
    running.finish(run=run, owner=OWNER, partial=False, figures={}, now=timezone.now())


def names(told: list[Any]) -> list[str]:
    return [one.event for one in told]


def states(told: list[Any]) -> list[str]:
    return [one.json()["status"] for one in told if one.event == "run.changed"]


@pytest.mark.serial
class TestFollowing:
    def test_a_run_is_followed_from_its_state_to_its_end(self, server, as_mara, run):
        with server.stream(as_mara, path(run)) as stream:
            hello, opening = stream.take(2)
            finish(claim(run))
            rest = stream.rest()

        assert names([hello, opening]) == ["hello", "run.changed"]
        assert states([opening, *rest]) == ["QUEUED", "GATHERING", "SCREENING", "SCORING", "READY"]
        assert rest[-1].event == "done"

    def test_the_opening_is_rendered_for_browsers(self, server, as_mara, run):
        with server.stream(as_mara, path(run)) as stream:
            _, opening = stream.take(2)

        assert f'data-run="{run.pk}"' in opening.json()["html"]

    def test_a_page_that_was_rendered_before_misses_nothing(self, server, as_mara, run):
        of_page = positions.current_cursor()
        claimed = claim(run)

        with server.stream(as_mara, path(run, of_page)) as stream:
            _, opening, replayed = stream.take(3)
            finish(claimed)
            rest = stream.rest()

        assert states([opening, replayed, *rest]) == ["GATHERING", "GATHERING", "SCREENING", "SCORING", "READY"]

    def test_suggestions_are_announced(self, server, as_mara, run):
        working = claim(run)
        for stage in (Status.SCREENING, Status.SCORING):
            running.advance(run=working, owner=OWNER, to=stage, now=timezone.now())
        order = factories.OrderFactory(district=run.district)
        snapshot = snapshotting.problem_for(
            district=run.district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=timezone.now()
        )

        with server.stream(as_mara, path(run)) as stream:
            stream.take(2)
            # No crew has a shift that day, so the order is ranked without a candidate.
            (batch,) = (one for one in planning.plan(snapshot.problem) if one.jobs)
            suggesting.store_batch(
                run=working, owner=OWNER, jobs=batch.jobs, ranked=1, snapshot=snapshot, now=timezone.now()
            )
            announced = stream.next()

        assert announced.event == "run.suggestions"
        assert announced.json()["orders"] == [order.pk]

    @pytest.mark.parametrize("ending", ["cancelled", "failed"])
    def test_a_run_that_comes_to_nothing_ends_its_stream(self, server, as_mara, mara, run, ending):
        working = claim(run)

        with server.stream(as_mara, path(run)) as stream:
            stream.take(2)
            if ending == "cancelled":
                running.cancel_run(run=run, by=mara, now=timezone.now())
            else:
                running.fail(run=working, owner=OWNER, error="No.", now=timezone.now())
            rest = stream.rest()

        assert names(rest) == ["run.changed", "done"]
        assert states(rest) == [ending.upper()]

    def test_other_runs_are_not_heard(self, server, as_mara, run, elsewhere, stella):
        with server.stream(as_mara, path(run)) as stream:
            stream.take(2)
            other, _ = running.request_run(district=elsewhere, day=run.day, by=stella, now=timezone.now())
            finish(claim(run))
            told = stream.rest()

        assert str(other.pk) not in "".join(one.data for one in told)


@pytest.mark.serial
class TestComingBack:
    def test_with_the_last_id_gets_204(self, server, as_mara, run):
        with server.stream(as_mara, path(run)) as stream:
            stream.take(2)
            finish(claim(run))
            done = stream.rest()[-1]

        with server.browser(as_mara) as browser:
            again = browser.get(path(run), headers={"Last-Event-ID": done.id})

        assert again.status_code == 204

    def test_in_between_gets_the_rest(self, server, as_mara, run):
        with server.stream(as_mara, path(run)) as stream:
            _, opening = stream.take(2)
        finish(claim(run))

        with server.stream(as_mara, path(run), headers={"Last-Event-ID": opening.id}) as stream:
            told = stream.rest()

        assert states(told)[1:] == ["GATHERING", "SCREENING", "SCORING", "READY"]
        assert told[-1].event == "done"


class TestAfterTheEnd:
    """Every one of these answers is complete at once, so no server is needed."""

    @pytest.fixture
    def ended(self, run: models.SuggestionRun) -> models.SuggestionRun:
        finish(claim(run))
        run.refresh_from_db()
        return run

    def test_a_first_visit_gets_the_result_and_the_end(self, as_mara, ended):
        answer = as_mara.get(path(ended))

        body = answer.content.decode()
        assert answer["Content-Type"] == "text/event-stream; charset=utf-8"
        assert [line for line in body.splitlines() if line.startswith("event:")] == [
            "event: run.changed", "event: done"
        ]  # fmt: skip
        assert '"status":"READY"' in body

    def test_long_after_still_204(self, as_mara, ended):
        seen = positions.current_cursor()

        event_log.trim(now=timezone.now() + 2 * event_log.RETENTION)

        assert not Event.objects.exists()
        assert as_mara.get(path(ended), headers={"Last-Event-ID": seen}).status_code == 204

    def test_who_missed_the_end_and_comes_too_late_gets_the_result(self, as_mara, run):
        seen = positions.current_cursor()
        finish(claim(run))
        event_log.trim(now=timezone.now() + 2 * event_log.RETENTION)

        body = as_mara.get(path(run), headers={"Last-Event-ID": seen}).content.decode()

        assert '"reason":"expired"' in body
        assert '"status":"READY"' in body

    @pytest.mark.parametrize("strange", ["nonsense", "aaaaaaaaaa.000000000001"])
    def test_an_unusable_cursor_is_told_so_and_then_the_result(self, as_mara, ended, strange):
        body = as_mara.get(path(ended), headers={"Last-Event-ID": strange}).content.decode()

        assert [line for line in body.splitlines() if line.startswith("event:")] == [
            "event: reset", "event: run.changed", "event: done"
        ]  # fmt: skip


class TestWhoMayFollow:
    def test_nobody_gets_401(self, client, run):
        assert client.get(path(run)).status_code == 401

    def test_a_stranger_learns_nothing(self, stella, run):
        assert client_of(stella).get(path(run)).status_code == 404

    def test_a_run_that_does_not_exist_is_404_too(self, as_mara):
        assert as_mara.get("/runs/00000000-0000-4000-8000-000000000000/events/").status_code == 404

    @pytest.mark.serial
    def test_a_viewer_may(self, server, vic, run):
        with server.stream(client_of(vic), path(run)) as stream:
            assert stream.take(2)[1].json()["status"] == "QUEUED"

    def test_only_by_get(self, as_mara, run):
        assert as_mara.post(path(run)).status_code == 405


def test_the_end_is_known_from_the_event_alone(run):
    finish(claim(run))
    log = positions.log_state()
    rows = Event.objects.on([f"run:{run.pk}"]).order_by("position")

    ends = [rules.is_last(frames.Frame.of(row, log.epoch)) for row in rows]

    assert ends == [False, False, False, False, True]
