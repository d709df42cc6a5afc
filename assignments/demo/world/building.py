"""The whole world of one size, seed and day: pure and the same on every machine."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from assignments.demo.world import districts, orders, permits, qualifications, roster, workforce
from assignments.demo.world.shapes import Size, Staff, World, days_from
from assignments.downstream.messages import OrderMessage, OutageMessage, PermitMessage, ShiftMessage


def local_today(now: datetime) -> date:
    """The region's date at a moment."""
    return now.astimezone(ZoneInfo(districts.TIME_ZONE)).date()


def build(*, size: Size, seed: int, today: date) -> World:
    """Everything the downstream systems hold when the day begins."""
    plans = districts.plans(size, seed)
    staffs: list[Staff] = []
    all_shifts: list[ShiftMessage] = []
    all_orders: list[OrderMessage] = []
    all_permits: list[PermitMessage] = []
    all_outages: list[OutageMessage] = []
    for plan in plans:
        own = orders.orders(plan, seed, today, orders.FIRST_NUMBER + len(all_orders))
        all_orders += own
        all_permits += permits.permits(plan, own, seed, today)
        all_outages += permits.outages(plan, own, seed, today)
        all_shifts += roster.shifts(plan, days_from(today))
        staffs.append(workforce.staff(plan, seed, today))
    return World(
        size=size,
        seed=seed,
        today=today,
        districts=plans,
        qualifications=qualifications.messages(),
        staff=Staff(
            employees=tuple(person for staff in staffs for person in staff.employees),
            crews=tuple(crew for staff in staffs for crew in staff.crews),
            equipment=tuple(item for staff in staffs for item in staff.equipment),
            absences=tuple(absence for staff in staffs for absence in staff.absences),
        ),
        shifts=tuple(all_shifts),
        orders=tuple(all_orders),
        permits=tuple(all_permits),
        outages=tuple(all_outages),
    )
