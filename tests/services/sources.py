"""The three downstream systems as scripted HTTP servers that hold a tiny world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assignments.downstream import messages
from assignments.downstream.messages import Resource
from tests.downstream.conftest import Answer, Asked, ScriptedSystem, page
from tests.factories import LONG_AGO, NOW, at
from tests.records import crew, employee, order, permit

PERIOD = {"start": at("06:00"), "end": at("16:00")}
WORLD: dict[Resource, list[messages.Record]] = {
    Resource.ORDERS: [order("W-1", 3, needs=({"qualification": "LINE"},)), order("W-2", 4)],
    Resource.QUALIFICATIONS: [messages.QualificationMessage(reference="LINE", version=1, name="Line work")],
    Resource.EMPLOYEES: [employee(held=({"qualification": "LINE", "issued": LONG_AGO},))],
    Resource.CREWS: [crew()],
    Resource.EQUIPMENT: [
        messages.EquipmentMessage(reference="T-1", version=1, code="BUCKET", name="Truck", crew="C-1")
    ],
    Resource.SHIFTS: [messages.ShiftMessage(reference="S-1", version=1, crew="C-1", period=PERIOD)],
    Resource.ABSENCES: [messages.AbsenceMessage(reference="A-1", version=1, employee="E-1", period=PERIOD)],
    Resource.PERMITS: [permit("P-1", 7)],
    Resource.OUTAGES: [
        messages.OutageMessage(reference="O-1", version=2, order="W-1", customers_out=40, started_at=NOW)
    ],
}


class Source:
    """A scripted system that serves its part of the world as the contract asks; `before` may answer otherwise."""

    def __init__(self, http: ScriptedSystem, world: dict[Resource, list[Any]]) -> None:
        self.http = http
        self.world = world
        self.version = 9
        self.before: Callable[[Asked], Answer | None] = lambda asked: None
        http.respond = self._respond

    def _respond(self, asked: Asked) -> Answer:
        if answer := self.before(asked):
            return answer
        items = self.world[Resource(asked.path.removeprefix("/api/"))]
        newer = [item for item in items if not hasattr(item, "version") or item.version > int(asked.query["since"])]
        return page(*newer, version=self.version)

    def since(self, resource: Resource) -> list[str]:
        return [asked.query["since"] for asked in self.http.asked if asked.path == f"/api/{resource}"]
