"""A new process knows the end of the log, for the readers that another one has lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from notifications.services import positions
from notifications.streams.fanout import hub, rendering
from notifications.streams.fanout.frames import Frame
from notifications.wire import event_types

pytestmark = pytest.mark.django_db(transaction=True)
Tell = Callable[..., None]


def recalled() -> hub.Hub:
    log = positions.log_state()
    fresh = hub.Hub(log=log)
    fresh.recall(log)
    return fresh


def told(frames: list[Frame]) -> list[int]:
    return [frame.data["notification"] for frame in frames]


def test_who_comes_back_is_told_from_memory(mara: Any, tell: Tell, django_assert_num_queries: Any) -> None:
    before = positions.log_state().head
    tell(mara, 1, 2, 3)
    fresh = recalled()

    with django_assert_num_queries(0):
        missed = fresh.recent(after=before, through=fresh.position, channels=[f"user:{mara.pk}"])

    assert told(missed) == [1, 2, 3]


def test_what_lies_before_comes_from_the_log(mara: Any, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_RECALLED", 2)
    before = positions.log_state().head
    tell(mara, 1, 2, 3)
    fresh = recalled()

    assert told(fresh.recent(after=before, through=fresh.position, channels=[f"user:{mara.pk}"])) == [1, 2, 3]


def test_what_the_hub_has_not_read_yet_is_added(mara: Any, tell: Tell) -> None:
    before = positions.log_state().head
    tell(mara, 1)
    fresh = recalled()
    tell(mara, 2)

    missed = fresh.recent(after=before, through=positions.log_state().head, channels=[f"user:{mara.pk}"])

    assert told(missed) == [1, 2]


def test_what_many_ask_for_together_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def slow(data: Mapping[str, Any]) -> Mapping[str, Any]:
        made.append(data)
        time.sleep(0.05)
        return {"unread": 0}

    monkeypatch.setitem(rendering._renderers, event_types.NOTIFICATION_READ.name, slow)
    data = {"user": 1, "notification": 1}
    frame = Frame(epoch="a" * 10, position=1, channel="user:1", name=event_types.NOTIFICATION_READ.name, data=data)
    asking = [threading.Thread(target=frame.encoded, args=("browser",)) for _ in range(5)]

    for one in asking:
        one.start()
    for one in asking:
        one.join()

    assert len(made) == 1
