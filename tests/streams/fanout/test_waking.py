"""A stream that queues is woken by the hub; without that it would wait for its next heartbeat."""

from __future__ import annotations

from datetime import datetime

import pytest

from notifications.services import positions
from notifications.streams.fanout.hub import Hub
from notifications.wire import catalogue
from tests.streams.hearing import TICK, Reader, numbers, publish

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_a_stream_with_queued_events_is_woken(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue._types, TICK.name, TICK)
    hub = Hub(log=positions.log_state())
    queuing, elsewhere = Reader(hub, "district:1", is_direct=False), Reader(hub, "district:2", is_direct=False)
    woken: list[str] = []
    queuing.subscriber.on_wake = lambda: woken.append("queuing")
    elsewhere.subscriber.on_wake = lambda: woken.append("elsewhere")
    publish(now, ("district:1", 1))

    hub.read()

    assert woken == ["queuing"]
    assert numbers(queuing.told()) == [1]
    queuing.release()
    elsewhere.release()
