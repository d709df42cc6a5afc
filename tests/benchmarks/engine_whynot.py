"""Why not, of orders of a large district for all of its crews, with a real database; prints one line of JSON.

    python -m tests.benchmarks.engine_whynot ORDERS CREWS ASKED

Every crew has three people, two vehicles and two approved orders; certificates end, people are away and vehicles broken
as on an ordinary day. What is measured is the whole domain call: reading the rows, judging, fixing, wording.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import django

CODES = ("LINE", "CABLE", "SWITCH", "GAS")
KINDS = ("EXCAVATION", "TRAFFIC_CONTROL", "CLEARANCE")


def measured(orders: int, crews: int, asked: int) -> dict[str, object]:
    """Seconds of each call, the number of queries of each, and what was answered."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from assignments import models
    from assignments.services.runs import explaining
    from tests import factories

    draw = random.Random(1)
    with transaction.atomic():
        district = _district(draw, crews)
        made = [_order(draw, district) for _ in range(orders)]
        _commitments(draw, made)
    free = list(models.WorkOrder.objects.assignable().select_related("district__rule_set").order_by("pk"))
    chosen = draw.sample(free, asked)
    seconds, answers = [], []
    for order in [chosen[0], *chosen]:
        began = time.perf_counter()
        answers.append(explaining.why_not(order=order, day=factories.DAY, now=factories.NOW))
        seconds.append(time.perf_counter() - began)
    with CaptureQueriesContext(connection) as queries:
        explaining.why_not(order=chosen[0], day=factories.DAY, now=factories.NOW)
    every = [one for answer in answers[1:] for one in answer]
    return {
        # The first call compiles statements and imports.
        "seconds": sorted(seconds[1:]),
        "queries": len(queries),
        "crews": len(answers[0]),
        "legal": sum(one.is_legal for one in every) / len(every),
        "fixes": sum(bool(one.fix) for one in every) / len(every),
    }


def _district(draw, crews):
    from tests import factories

    district = factories.DistrictFactory()
    for _ in range(crews):
        codes = [code for code in CODES if code == "LINE" or draw.random() < 0.4]
        crew = factories.CrewFactory(
            district=district, staff__members=3, staff__qualified=codes, **_place(draw, district)
        )
        shift = factories.ShiftFactory(crew=crew)
        factories.ShiftFactory(crew=crew, starts_at=shift.starts_at - timedelta(days=1))
        for code in ("BUCKET", "DIGGER"):
            vehicle = factories.EquipmentFactory(crew=crew, code=code)
            if draw.random() < 0.1:
                vehicle.outages.create(starts_at=factories.at("08:00"), ends_at=factories.at("11:00"))
        for membership in crew.memberships.all():
            if draw.random() < 0.07:
                factories.AbsenceFactory(employee=membership.employee)
            if draw.random() < 0.1:
                membership.employee.held_qualifications.update(expires_at=factories.at(draw.choice(["09:00", "13:00"])))
    return district


def _place(draw, district):
    return {
        "latitude": district.latitude + draw.uniform(-0.25, 0.25),
        "longitude": district.longitude + draw.uniform(-0.3, 0.3),
    }


def _order(draw, district):
    from tests import factories

    required = [kind for kind in KINDS if draw.random() < 0.15]
    order = factories.OrderFactory(
        district=district,
        priority=draw.choice([1, 2, 3, 3, 3, 4]),
        duration_minutes=draw.randrange(30, 240, 15),
        crew_size=draw.choice([1, 2, 2, 3]),
        equipment=["BUCKET"] if draw.random() < 0.3 else [],
        energised=draw.random() < 0.3,
        voltage=13_800,
        required_permits=required,
        appointment_starts_at=(appointment := factories.at("09:00") if draw.random() < 0.15 else None),
        appointment_ends_at=appointment and appointment + timedelta(hours=2),
        **_place(draw, district),
    )
    factories.OrderNeedFactory(order=order, people=draw.choice([1, 1, 2]))
    if draw.random() < 0.3:
        factories.OrderNeedFactory(
            order=order, qualification=factories.QualificationFactory(code=draw.choice(CODES[1:]))
        )
    for kind in required:
        status = draw.choice(["ISSUED", "ISSUED", "REQUESTED", "SUSPENDED"])
        hours = draw.choice([24, 12])
        until = factories.at("00:00") + timedelta(hours=hours)
        factories.PermitFactory(order=order, kind=kind, status=status, valid_until=until)
    return order


def _commitments(draw, orders):
    from assignments import models
    from tests import factories

    who = factories.UserFactory()
    given = iter(orders)
    for shift in models.Shift.objects.filter(starts_at=factories.SHIFT_STARTS_AT):
        for clock in ("07:30", "12:30"):
            order = next(given)
            order.status = models.WorkOrder.Status.SCHEDULED
            order.duration_minutes = draw.randrange(60, 180, 15)
            order.save()
            starts = factories.at(clock)
            factories.AssignmentFactory(order=order, shift=shift, starts_at=starts, approved_by=who)


def main() -> None:
    orders, crews, asked = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(scratch) / 'bench.sqlite3'}"
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.site", "DEBUG": "1"}
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(measured(orders, crews, asked)))


if __name__ == "__main__":
    main()
