"""The workforce system of the demonstration over HTTP, and how tests spoil its calendars behind Lineup's back."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from assignments import models
from assignments.demo.systems.faults import Faults, Setting
from assignments.demo.systems.routes import Request, SimulatedRoutes
from assignments.demo.systems.store import Store
from assignments.downstream.messages import Resource, System
from assignments.services.reconciling import comparing
from tests.downstream.conftest import Answer, Asked, ScriptedSystem
from tests.factories import NOW
from tests.services.writebacks import calls

SOON = NOW + timedelta(minutes=5)
"""When what was told has settled."""
HOUR = {"start": "2026-06-15T20:00:00Z", "end": "2026-06-15T21:00:00Z"}


class Workforce:
    """Its calendars, which tests spoil behind Lineup's back."""

    def __init__(self, path: Path, served: ScriptedSystem) -> None:
        self.store = Store(path)
        faults = Faults(Setting(), seed=1, stop=threading.Event())
        self._routes = SimulatedRoutes(System.WORKFORCE, self.store, faults)
        self.served = served
        served.respond = self._answer

    def employs(self, *crews: models.Crew) -> None:
        with self.store.transaction():
            self.store._db.execute("INSERT OR IGNORE INTO versions VALUES (?, 1)", (Resource.CREWS,))
        for crew in crews:
            self.store.put(Resource.CREWS, {"reference": str(crew.pk)})

    def entries(self) -> list[tuple[str, str]]:
        """Crew and order of each."""
        crews = self.store.all(Resource.CREWS)
        return sorted((crew["reference"], one["order"]) for crew in crews for one in crew.get("calendar", []))

    def has(self, crew: models.Crew, *calendar: dict[str, Any]) -> None:
        self.store.put(Resource.CREWS, {"reference": str(crew.pk), "calendar": list(calendar)})

    def calendar(self, crew: models.Crew) -> list[dict[str, Any]]:
        found = self.store.get(Resource.CREWS, str(crew.pk)) or {}
        return list(found.get("calendar", []))

    def _answer(self, asked: Asked) -> Answer:
        query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in asked.query.items())
        body = json.dumps(asked.body).encode()
        answer = self._routes.answer(Request(asked.method, f"{asked.path}?{query}", asked.headers, body))
        return Answer(answer.status, answer.body)


def work(now: Any = NOW) -> None:
    """A worker tells all that is due."""
    while rows := calls.claim(now):
        for row in rows:
            calls.deliver(write_back=row, owner=calls.WORKER, now_fn=lambda: now)


def compare(target: Any, by: Any, now: Any = SOON) -> models.BookComparison:
    comparing.ask(target=target, district=models.District.objects.get(code="NORTH"), by=by, now=now)
    claimed = comparing.claim(owner="worker", now=now)
    assert claimed is not None
    return comparing.compare(comparison=claimed, owner="worker", now_fn=lambda: now)


def differing(comparison: models.BookComparison) -> list[tuple[str, str, str, str]]:
    rows = comparison.differences.select_related("order").order_by("kind", "pk")
    return [(one.kind, one.order.number if one.order else "", one.crews, one.their_crews) for one in rows]


def spoil(workforce: Workforce, crews: list[models.Crew], told: list[models.Assignment]) -> None:
    """Line 1's booking is gone, Line 2's has another hour, Line 3's is with nobody and a foreign one stands there."""
    [second] = workforce.calendar(crews[1])
    workforce.has(crews[0])
    workforce.has(crews[1], {**second, "period": HOUR})
    foreign = {"assignment": "SAP-17", "order": "WO-3", "crew": str(crews[2].pk), "period": HOUR, "tentative": False}
    workforce.has(crews[2], *workforce.calendar(crews[2]), foreign)
