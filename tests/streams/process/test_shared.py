"""Processes that share a Redis render an open page once for all of them, and without it each for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from notifications.services import positions
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.pages import PageContent, page_of
from notifications.streams.process import painting, shared
from notifications.streams.process.painting import Painter
from notifications.streams.process.shared import Rendering, SharedPages
from notifications.wire.event_ids import Cursor
from tests import factories, servers
from tests.streams.process.doors import doors, opened, something_happens, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial]

EPOCH = "a" * 10


@pytest.fixture(autouse=True)
def doors_begin() -> None:
    doors.begin()


@pytest.fixture
def redis_of_all(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[servers.Redis]:
    # A Redis that is late is left out for a while; here it may be late.
    monkeypatch.setattr(shared, "_PATIENCE", 30.0)
    with servers.redis_server() as server:
        settings.REDIS_URL = server.url
        yield server


@pytest.fixture
def process(redis_of_all: servers.Redis) -> Callable[[], Painter]:
    """The painter of one more web process."""
    return lambda: Painter(Hub(log=positions.log_state()))


def test_what_one_has_rendered_the_others_tell(process: Callable[[], Painter]) -> None:
    painters = [process() for _ in range(3)]
    readers = [opened(one) for one in painters]
    for painter, reader in zip(painters, readers, strict=True):
        assert told(painter, reader)["parts"] == {"door": "first"}
    assert doors.rendered == 1

    doors.text = "second"
    something_happens(*painters)
    said = [told(painter, reader) for painter, reader in zip(painters, readers, strict=True)]

    assert [one["parts"] for one in said] == [{"door": "second"}] * 3
    assert {one["through"] for one in said} == {positions.current_cursor()}
    assert doors.rendered == 2


def test_all_at_once_render_it_once(process: Callable[[], Painter], monkeypatch: pytest.MonkeyPatch) -> None:
    # However long it takes.
    monkeypatch.setattr(painting, "_LEFT_TO_OTHERS", 60.0)
    monkeypatch.setattr(shared, "_CLAIMED", 60_000)
    painters = [process() for _ in range(3)]
    readers = [opened(one) for one in painters]
    for painter, reader in zip(painters, readers, strict=True):
        told(painter, reader)
    doors.text, doors.rendered, doors.seconds = "second", 0, 0.2
    something_happens(*painters)
    said: list[dict[str, Any]] = []
    pairs = list(zip(painters, readers, strict=True))
    threads = [threading.Thread(target=lambda pair=pair: said.append(told(*pair))) for pair in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [one["parts"] for one in said] == [{"door": "second"}] * 3
    assert doors.rendered == 1


def test_what_another_lays_there_just_before_the_claim_is_told(
    process: Callable[[], Painter], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, late = process(), process()
    of_quick, of_late = opened(quick), opened(late)
    told(quick, of_quick)
    told(late, of_late)
    doors.text, doors.rendered = "second", 0
    something_happens(quick, late)
    claim = late._shared.claim

    def claim_behind(page: Any, *, epoch: str) -> bool:
        monkeypatch.setattr(late._shared, "claim", claim)
        told(quick, of_quick)
        return claim(page, epoch=epoch)

    monkeypatch.setattr(late._shared, "claim", claim_behind)

    assert told(late, of_late)["parts"] == {"door": "second"}
    assert doors.rendered == 1
    # Nobody waits for what nobody renders.
    assert quick._shared.claim(page_of("doors?"), epoch=quick._hub.epoch)


def test_one_that_died_over_it_holds_nobody_up(process: Callable[[], Painter]) -> None:
    painter, dead = process(), process()
    reader = opened(painter)
    told(painter, reader)
    doors.text = "second"
    something_happens(painter)
    assert dead._shared.claim(page_of("doors?"), epoch=painter._hub.epoch)

    assert told(painter, reader)["parts"] == {"door": "second"}


def test_without_redis_each_renders_for_itself(process: Callable[[], Painter], redis_of_all: servers.Redis) -> None:
    painters = [process(), process()]
    redis_of_all.kill()

    for painter in painters:
        assert told(painter, opened(painter))["parts"] == {"door": "first"}
    assert doors.rendered == 2


def test_an_older_rendering_is_none(redis_of_all: servers.Redis) -> None:
    pages, page = SharedPages(redis_of_all.url), page_of("doors?")
    content = PageContent({"door": "A"}, {"2": "two", "1": "one"}, "<table>", factories.NOW)
    pages.keep(page, made := Rendering(content, Cursor(EPOCH, 8), 9))

    assert pages.find(page, at_least=Cursor(EPOCH, 8)) == made
    assert list(made.content.rows) == ["2", "1"]
    assert pages.find(page, at_least=Cursor(EPOCH, 9)) is None
    assert pages.find(page, at_least=Cursor("b" * 10, 1)) is None
    assert pages.find(page_of("today?district=1"), at_least=Cursor(EPOCH, 1)) is None
