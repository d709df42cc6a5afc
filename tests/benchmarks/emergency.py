"""Measures how long a manager waits for "who can be there first" on a full day, the reading of the database included.

    python -m tests.benchmarks.emergency [--jobs 1000] [--crews 100] [--looks 20] [--database postgres://…]

The day is one of the engine's own benchmark, planned and approved job by job; three people to a crew. The next
morning's shifts are there too, since an emergency looks a day ahead. Every look is at another place. SQLite in `var`
unless a database of yours is named, in which everything is left behind.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks import instances

ROOT = Path(__file__).resolve().parents[2]
DAY = datetime(2026, 6, 15, tzinfo=UTC)
HORIZON = timedelta(days=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000)
    parser.add_argument("--crews", type=int, default=100)
    parser.add_argument("--looks", type=int, default=20)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    _set_up_django(asked.database)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    orders, approved = _fill(instances.Size(asked.jobs, asked.crews), asked.looks)
    print(f"{asked.jobs:,} jobs, {approved:,} of them approved, {asked.crews} crews; {asked.looks} looks, ms:")
    print("\n| | median | slowest | of the processor, median |\n| --- | ---: | ---: | ---: |")
    for name, found in _measure(orders).items():
        walls, busy = [wall for wall, _ in found], [own for _, own in found]
        print(f"| {name} | {statistics.median(walls):.0f} | {max(walls):.0f} | {statistics.median(busy):.0f} |")


def _set_up_django(database: str) -> None:
    import django

    if not database:
        path = ROOT / "var" / "bench-emergency.sqlite3"
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        database = f"sqlite:///{path}"
    os.environ |= {"DEBUG": "1", "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "scheduler_site.settings"}
    django.setup()
    from django.conf import settings

    # What development would keep of each query is not what is measured.
    settings.DEBUG = False


Spent = tuple[float, float]
"""Milliseconds on the clock and of the processor; they differ where something else keeps the machine busy."""


def _measure(orders: list[Any]) -> dict[str, list[Spent]]:
    from assignments.engine.emergencies import arrivals
    from assignments.presenters.review import called, emergency
    from assignments.services import emergencies

    now = DAY + timedelta(hours=9)
    found: dict[str, list[Spent]] = {name: [] for name in ("database, engine, page", "of it the engine")}
    emergencies.choices(order=orders[0], now=now)
    # As a web process does when it has started.
    gc.collect()
    gc.freeze()
    for order in orders:
        began = _clocks()
        offers = emergencies.choices(order=order, now=now)
        emergency.crews(offers, now=now)
        called.crews(offers, now=now)
        found["database, engine, page"].append(_since(began))
        began = _clocks()
        arrivals.choices(offers.snapshot.problem, offers.snapshot.job(order.pk))
        found["of it the engine"].append(_since(began))
    return found


def _clocks() -> Spent:
    return 1000 * time.perf_counter(), 1000 * time.process_time()


def _since(began: Spent) -> Spent:
    now = _clocks()
    return now[0] - began[0], now[1] - began[1]


def _fill(size: instances.Size, looks: int) -> tuple[list[Any], int]:
    """The emergencies, and how many jobs were approved around them."""
    from django.contrib.auth import get_user_model

    from assignments import models
    from assignments.engine.search import solver

    problem = instances.day(size, seed=1)
    plan = solver.construct(problem)
    rules, _ = models.RuleSet.objects.get_or_create(name=f"benchmark {time.time_ns()}")
    district = models.District.objects.create(
        code=f"B{time.time_ns()}", name="Benchmark", time_zone="UTC", latitude=40, longitude=-75, rule_set=rules
    )
    manager = get_user_model().objects.create(username=district.code)
    held = {code: models.Qualification.objects.get_or_create(code=code)[0] for code in instances.GRADES}
    shifts = _crews(problem, district, held)
    orders = _orders(problem, district, held)
    planned = [(shifts[route.shift_id], stop) for route in plan.routes for stop in route.stops]
    models.Assignment.objects.bulk_create(
        models.Assignment(
            order=orders[stop.job_id], crew_id=shift.crew_id, shift=shift, status="APPROVED", approved_by=manager,
            approved_at=DAY, departs_at=_at(stop.start - stop.travel), starts_at=_at(stop.start), ends_at=_at(stop.end),
        )
        for shift, stop in planned
    )  # fmt: skip
    ids = [orders[stop.job_id].pk for _, stop in planned]
    models.WorkOrder.objects.filter(pk__in=ids).update(status="SCHEDULED")
    return _emergencies(district, held, looks), len(planned)


def _crews(problem: Any, district: Any, held: dict[str, Any]) -> dict[int, Any]:
    from assignments import models

    shifts = {}
    for shift in problem.shifts:
        crew = models.Crew.objects.create(
            name=shift.crew, district=district, latitude=shift.base.lat, longitude=shift.base.lon
        )
        for number in range(3):
            person = models.Employee.objects.create(name=f"{shift.crew}, {number}", district=district)
            models.CrewMembership.objects.create(crew=crew, employee=person, starts_at=DAY - 30 * HORIZON)
            models.HeldQualification.objects.bulk_create(
                models.HeldQualification(
                    employee=person, qualification=held[one.code], level="MASTER", issued_at=DAY - 30 * HORIZON
                )
                for one in shift.members[0].qualifications
            )
        start, end = _at(shift.window.start), _at(shift.window.end)
        shifts[shift.id] = models.Shift.objects.create(crew=crew, starts_at=start, ends_at=end)
        models.Shift.objects.create(crew=crew, starts_at=start + HORIZON, ends_at=end + HORIZON)
    return shifts


def _orders(problem: Any, district: Any, held: dict[str, Any]) -> dict[int, Any]:
    from assignments import models

    made = models.WorkOrder.objects.bulk_create(
        models.WorkOrder(
            district=district, number=f"{district.code}-{job.id}", kind="CORRECTIVE", priority=int(job.priority),
            status="READY", title="Benchmark", latitude=job.place.lat, longitude=job.place.lon,
            duration_minutes=job.duration // 60,
            appointment_starts_at=_at(job.appointment.start) if job.appointment else None,
            appointment_ends_at=_at(job.appointment.end) if job.appointment else None,
        )
        for job in problem.jobs
    )  # fmt: skip
    models.OrderNeed.objects.bulk_create(
        models.OrderNeed(order=order, qualification=held[need.code], level="STANDARD")
        for order, job in zip(made, problem.jobs, strict=True)
        for need in job.needs
    )
    return dict(zip([job.id for job in problem.jobs], made, strict=True))


def _emergencies(district: Any, held: dict[str, Any], looks: int) -> list[Any]:
    from assignments import models

    draw = random.Random(1)
    found = []
    for number in range(looks):
        order = models.WorkOrder.objects.create(
            district=district, number=f"{district.code}-E{number}", kind="TROUBLE", priority=0, status="READY",
            title="Conductor down", latitude=40 + draw.uniform(-0.25, 0.25), longitude=-75 + draw.uniform(-0.3, 0.3),
            duration_minutes=draw.choice([60, 120, 180]),
        )  # fmt: skip
        models.OrderNeed.objects.create(order=order, qualification=held[draw.choice(instances.GRADES)])
        found.append(models.WorkOrder.objects.select_related("district").get(pk=order.pk))
    return found


def _at(seconds: int) -> datetime:
    return DAY + timedelta(seconds=seconds)


if __name__ == "__main__":
    main()
