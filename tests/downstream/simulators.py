"""Simulated systems inside the test process, and how to speak to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from assignments.demo.systems.faults import Setting
from assignments.demo.systems.running import Options, Simulator
from assignments.demo.world import building
from assignments.demo.world.shapes import Size, World
from assignments.downstream import client, messages, reading, seam
from assignments.downstream.messages import Resource, System

TODAY = date(2026, 6, 15)
NOON = datetime.fromisoformat("2026-06-15T17:00:00+00:00")


@cache
def world(size: Size = Size.SMALL) -> World:
    return building.build(size=size, seed=1, today=TODAY)


@contextmanager
def running(data_dir: Path, system: System = System.WORK, size: Size = Size.SMALL, **options: Any) -> Iterator[str]:
    """The address of a system that serves until the end of the block."""
    faults = Setting(**{name: options.pop(name) for name in [*options] if name in Setting.model_fields})
    wanted = Options(system, options.pop("port", 0), size, 1, data_dir, faults, today=TODAY, **options)
    stop = threading.Event()
    simulator = Simulator(wanted, stop=stop)
    serving = threading.Thread(target=simulator.run, args=(lambda line: None,))
    serving.start()
    try:
        yield simulator.url
    finally:
        stop.set()
        serving.join()


@dataclass
class Collection:
    """All that was read of one resource, and the version to ask from next time."""

    version: int = 0
    records: list[Any] = field(default_factory=list)
    invalid: list[tuple[str, str]] = field(default_factory=list)


def read(url: str, resource: Resource, *, district: str = "", since: int = 0, seconds: float = 10) -> Collection:
    found = Collection()
    with client.Client(base_url=url) as http:
        limits = client.ReadingLimits(deadline=time.monotonic() + seconds)
        for chunk in reading.read(
            http, resource, scope=district, mark={"since": since}, limits=seam.PassLimits(lambda: limits)
        ):
            found.records += chunk.records
            found.invalid += [(one.name, one.reason) for one in chunk.refused]
            found.version = chunk.mark["since"]
    return found


def booking(**changes: Any) -> dict[str, Any]:
    period = messages.Period(start=NOON, end=NOON + timedelta(hours=2))
    order, crew = world().orders[0].reference, world().staff.crews[0].reference
    return {
        "action": "ASSIGN", "assignment": "A-1", "order": order, "crew": crew, "approved_by": "mara",
        "period": period.model_dump(mode="json"), **changes,
    }  # fmt: skip


def restoration(**changes: Any) -> dict[str, Any]:
    """That the first outage is over an hour after noon."""
    at = (NOON + timedelta(hours=1)).isoformat()
    order = world().records(Resource.OUTAGES)[0].order  # type: ignore[attr-defined]  # an outage
    return {"order": order, "back_at": at, "certainty": "APPROVED", "told_at": NOON.isoformat(), **changes}


def post(url: str, body: Any, key: str = "key-1", to: str = "bookings", **headers: str) -> httpx.Response:
    named = {"Idempotency-Key": key} if key else {}
    return httpx.post(f"{url}/api/{to}", json=body, headers={**named, **headers}, trust_env=False, timeout=60)


def get(url: str, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{url}{path}", headers=headers, trust_env=False, timeout=60)
