"""Targets with books of their own, that fail as real ones do."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from assignments.demo.systems.faults import Faults, Setting
from assignments.demo.systems.routes import Request, SimulatedRoutes
from assignments.demo.systems.store import Store
from assignments.downstream.messages import Resource, System
from tests.downstream.conftest import Answer, Asked, acknowledged

Take = Callable[[Asked], Answer]
"""The answer of a target that works, with its effect."""
Entry = tuple[str, str, str, bool]
"""Order, crew, start, tentative."""


@dataclass
class Troubled:
    """In front of a target: loses requests before or after their effect, works them off late, or asks to wait."""

    take: Take
    random: random.Random
    is_healthy: bool = False
    late: list[Asked] = field(default_factory=list)
    """Answered with nothing, and still to take effect: before the next request does."""

    def respond(self, asked: Asked) -> Answer:
        for one in self.late:
            self.take(one)
        self.late.clear()
        trouble = "" if self.is_healthy else self.random.choice(["", "", "", "before", "after", "cut", "late", "wait"])
        if trouble == "before":
            return Answer(503)
        if trouble == "wait":
            return Answer(429, headers={"Retry-After": "5"})
        if trouble == "late":
            self.late.append(asked)
            return Answer(cut=True)
        answer = self.take(asked)
        return Answer(500) if trouble == "after" else Answer(cut=True) if trouble == "cut" else answer


class OwnBook:
    """A calendar that takes no two bookings of a crew at a time and none of an order that has one, and keeps keys."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []
        self._answers: dict[str, Answer] = {}

    def take(self, asked: Asked) -> Answer:
        key = asked.headers["idempotency-key"]
        if key not in self._answers:
            self._answers[key] = self._booked(asked.body)
        return self._answers[key]

    def _booked(self, body: dict[str, Any]) -> Answer:
        name = body["assignment"]
        if body["action"] == "REVOKE":
            self.entries.pop(name, None)
        elif body["action"] == "CONFIRM" and name not in self.entries:
            return self._refuse(f"there is no {name} to confirm")
        else:
            for other, entry in self.entries.items():
                if other != name and (entry["order"] == body["order"] or _clash(entry, body)):
                    return self._refuse(f"{body['order']} by {body['crew']} clashes with {entry['order']}")
            self.entries[name] = body
        return acknowledged(f"B-{len(self._answers)}")

    def _refuse(self, why: str) -> Answer:
        self.refused.append(why)
        return Answer(422, {"detail": why})

    def book(self) -> set[Entry]:
        return {_entry(body) for body in self.entries.values()}


class SimulatedBook:
    """The workforce system of the demonstration, with these crews."""

    def __init__(self, path: Path, crews: list[str]) -> None:
        self._store = Store(path)
        with self._store.transaction():
            self._store._db.execute("INSERT INTO versions VALUES (?, 1)", (Resource.CREWS,))
        for crew in crews:
            self._store.put(Resource.CREWS, {"reference": crew})
        faults = Faults(Setting(), seed=1, stop=threading.Event())
        self._routes = SimulatedRoutes(System.WORKFORCE, self._store, faults)
        self.refused: list[str] = []

    def take(self, asked: Asked) -> Answer:
        request = Request("POST", asked.path, asked.headers, json.dumps(asked.body).encode())
        answer = self._routes.answer(request)
        if answer.status >= 400:
            self.refused.append(str(answer.body))
        return Answer(answer.status, answer.body)

    def book(self) -> set[Entry]:
        return {
            (entry["order"], entry["crew"], _at(entry["period"]["start"]), entry["tentative"])
            for crew in self._store.all(Resource.CREWS)
            for entry in crew.get("calendar", [])
        }

    def close(self) -> None:
        self._store.close()


def _entry(body: dict[str, Any]) -> Entry:
    return body["order"], body["crew"], _at(body["period"]["start"]), body["tentative"]


def _at(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%d %H:%M}"


def _clash(one: dict[str, Any], two: dict[str, Any]) -> bool:
    if one["crew"] != two["crew"]:
        return False
    first, second = ([datetime.fromisoformat(body["period"][end]) for end in ("start", "end")] for body in (one, two))
    return first[0] < second[1] and second[0] < first[1]
