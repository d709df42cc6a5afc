"""The world goes on: each step changes something in one system, always the same for the same seed and step."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assignments.demo.systems import outages
from assignments.demo.systems.store import Body, Store
from assignments.demo.world import building, drafts, orders, permits, roster
from assignments.demo.world.shapes import HORIZON_DAYS, DistrictPlan, days_from, stream
from assignments.downstream.messages import OrderMessage, Period, Resource, System

MOST_LIVE_TROUBLE = 4
"""Open trouble orders per district that came in while running: then one is closed before the next comes."""
MOST_SICK = 0.04
"""Share of people who have called in sick while running."""


@dataclass(slots=True)
class Life:
    """The steps of one system. `advance` is one step and says what happened."""

    system: System
    store: Store
    plans: tuple[DistrictPlan, ...]
    seed: int

    def advance(self, now: datetime) -> str:
        with self.store.transaction():
            number = int(self.store.fact("step") or 0) + 1
            self.store.remember("step", number)
            rng = stream(self.seed, "life", self.system, number)
            step: dict[System, Callable[[random.Random, int, datetime], str]] = {
                System.WORK: self._work,
                System.WORKFORCE: self._workforce,
                System.PERMITS: self._permits,
            }
            return step[self.system](rng, number, now)

    def publish_roster(self, now: datetime) -> int:
        """Number of added shifts: the days ahead are rostered however long ago the system was first started."""
        if self.system is not System.WORKFORCE:
            return 0
        with self.store.transaction():
            last = self.store.fact("rostered")
            until = date.fromisoformat(last) if last else self.store.first_day() + timedelta(days=HORIZON_DAYS - 1)
            days = [day for day in days_from(building.local_today(now)) if day > until]
            shifts = [(plan, shift) for plan in self.plans for shift in roster.shifts(plan, days)]
            for plan, shift in shifts:
                self.store.put(Resource.SHIFTS, shift.model_dump(mode="json"), district=plan.code)
            self.store.remember("rostered", max([until, *days]))
        return len(shifts)

    def _work(self, rng: random.Random, number: int, now: datetime) -> str:
        live = [one for one in self.store.all(Resource.ORDERS) if one["number"] >= f"W-{orders.LIVE_NUMBER}"]
        # Also what a system of before, or a death between two files, has left without.
        self._keep_outages(live, now)
        open_trouble = [one for one in live if one["status"] == "RECEIVED" and not one.get("booking")]
        if len(open_trouble) >= MOST_LIVE_TROUBLE * len(self.plans):
            over = {**open_trouble[0], "status": "CANCELLED", "customers_out": 0}
            self._keep_outages([over], now)
            self.store.put(Resource.ORDERS, over)
            return f"{over['number']} cancelled: power came back by itself"
        waiting = [
            order
            for order in self.store.all(Resource.ORDERS)
            if order["status"] == "RECEIVED" and not order["materials_ready"]
        ]
        if waiting and rng.random() < 0.4:
            order = rng.choice(waiting)
            self.store.put(Resource.ORDERS, {**order, "materials_ready": True, "materials_expected": None})
            return f"materials for {order['number']} arrived"
        trouble = self._trouble(rng, number, now)
        body = trouble.model_dump(mode="json")
        # First, so that nobody can know of the order whose outage cannot be told anything.
        self._keep_outages([body], now)
        self.store.put(Resource.ORDERS, body, district=trouble.district)
        return f"{trouble.number} {trouble.title}, {trouble.customers_out} customers out"

    def _keep_outages(self, trouble: Sequence[Body], now: datetime) -> None:
        outages.keep(self.store.path.with_name(f"{System.PERMITS.lower()}.sqlite3"), trouble, now)

    def _trouble(self, rng: random.Random, number: int, now: datetime) -> OrderMessage:
        plan = rng.choice(self.plans)
        today = now.astimezone(plan.zone).date()
        draft = drafts.draft_order(rng, plan, "TROUBLE", drafts.pick_job(rng, "TROUBLE"), today)
        order = orders.order(rng, plan, draft, number=orders.LIVE_NUMBER + number, today=today)
        hours = rng.randint(3, 6) if order.priority == "EMERGENCY" else rng.randint(8, 24)
        return order.model_copy(update={"due": now.replace(second=0, microsecond=0) + timedelta(hours=hours)})

    def _workforce(self, rng: random.Random, number: int, now: datetime) -> str:
        people = [person for person in self.store.all(Resource.EMPLOYEES) if person["active"]]
        current = [each for each in self.store.all(Resource.ABSENCES) if not each["cancelled"] and _covers(each, now)]
        called = [each for each in current if each["reference"].startswith("AB-L")]
        if called and (len(called) >= MOST_SICK * len(people) or rng.random() < 0.4):
            absence = called[0]
            self.store.put(Resource.ABSENCES, {**absence, "cancelled": True})
            return f"{absence['employee']} is back at work"
        away = {each["employee"] for each in current}
        person = rng.choice([each for each in people if each["reference"] not in away])
        plan = next(plan for plan in self.plans if plan.code == person["district"])
        today = now.astimezone(plan.zone).date()
        absence = {
            "reference": f"AB-L{number:06d}",
            "employee": person["reference"],
            "period": Period(start=plan.at(today, 0), end=plan.at(today + timedelta(days=1), 0)).model_dump(
                mode="json"
            ),
            "kind": "SICK",
            "cancelled": False,
        }
        self.store.put(Resource.ABSENCES, absence, district=plan.code)
        return f"{person['name']} calls in sick"

    def _permits(self, rng: random.Random, _number: int, now: datetime) -> str:
        by_status: dict[str, list[Body]] = {}
        for permit in self.store.all(Resource.PERMITS):
            if permit["valid"] is None or _ends(permit) > now or permit["status"] == "REQUESTED":
                by_status.setdefault(permit["status"], []).append(permit)
        moves = {"REQUESTED": "ISSUED", "ISSUED": "SUSPENDED", "SUSPENDED": "ISSUED"}
        weights = {"REQUESTED": 5.0, "ISSUED": 2.0, "SUSPENDED": 3.0}
        present = [status for status in moves if by_status.get(status)]
        if not present:
            return "nothing to decide"
        status = rng.choices(present, weights=[weights[each] for each in present])[0]
        permit = rng.choice(by_status[status])
        changed = {**permit, "status": moves[status]}
        if status == "REQUESTED" and (permit["valid"] is None or _ends(permit) <= now):
            changed["valid"] = self._window(rng, permit, now).model_dump(mode="json")
        self.store.put(Resource.PERMITS, changed)
        return f"{permit['number']} {moves[status].lower()}"

    def _window(self, rng: random.Random, permit: Body, now: datetime) -> Period:
        plan = self.plans[int(permit["reference"][3:5]) - 1]
        tomorrow = now.astimezone(plan.zone).date() + timedelta(days=1)
        return permits.window(rng, plan, permit["kind"], tomorrow)


def _ends(permit: Body) -> datetime:
    return datetime.fromisoformat(permit["valid"]["end"])


def _covers(absence: Body, now: datetime) -> bool:
    period = absence["period"]
    return datetime.fromisoformat(period["start"]) <= now < datetime.fromisoformat(period["end"])
