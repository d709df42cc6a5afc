"""The invented utility: the same for everybody who asks, and credible to somebody who runs one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import get_args

import pytest

from assignments.demo.world import building, drafts
from assignments.demo.world.shapes import EXTENTS, Size, Spot, World, days_from
from assignments.downstream.messages import OrderMessage, PermitKind, PermitStatus, Resource

TODAY = date(2026, 6, 15)
LEVELS = {"APPRENTICE": 1, "STANDARD": 2, "MASTER": 3}


@cache
def world(size: Size = Size.DISTRICT, seed: int = 1, today: date = TODAY) -> World:
    return building.build(size=size, seed=seed, today=today)


class TestTheSameForEverybody:
    def test_the_same_size_seed_and_day_give_the_same_world_in_another_process(self):
        program = (
            "from datetime import date; from assignments.demo.world import building; "
            "from assignments.demo.world.shapes import Size; "
            "print(building.build(size=Size.DISTRICT, seed=1, today=date(2026, 6, 15)).digest())"
        )
        environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}

        told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)

        assert told.stdout.decode().strip() == world().digest()

    @pytest.mark.parametrize("other", [{"seed": 2}, {"today": TODAY + timedelta(days=1)}, {"size": Size.SMALL}])
    def test_another_seed_day_or_size_gives_another_world(self, other):
        assert world(**other).digest() != world().digest()

    def test_the_map_does_not_depend_on_the_day(self):
        assert world(today=TODAY + timedelta(days=100)).districts == world().districts


@pytest.mark.parametrize("size", [*Size])
def test_each_size_holds_what_it_promises(size):
    held = world(size)

    assert len(held.districts) == EXTENTS[size].districts
    assert len(held.orders) == EXTENTS[size].orders
    assert sum(not crew.name.startswith("Traffic") for crew in held.staff.crews) == EXTENTS[size].crews
    for resource in Resource:
        references = [record.reference for record in held.records(resource)]
        assert len(references) == len(set(references)), resource


class TestTheMap:
    @pytest.mark.parametrize("size", [*Size])
    def test_work_lies_inside_its_district(self, size):
        held = world(size)
        boundaries = {plan.code: plan.boundary for plan in held.districts}

        outside = [
            order.number
            for order in held.orders
            if not contains(boundaries[order.district], Spot(order.latitude, order.longitude))
        ]

        assert not outside

    def test_an_order_is_on_a_feeder_of_its_substation_at_a_voltage_that_is_there(self):
        circuits = {
            f.name: (s.name, f.voltage) for plan in world().districts for s in plan.substations for f in s.feeders
        }

        for order in world().orders:
            if order.feeder:
                substation, voltage = circuits[order.feeder]
                assert order.substation == substation
                assert order.voltage in (voltage, 240)

    def test_no_two_districts_share_a_substation_or_a_crew_name(self):
        held = world(Size.UTILITY)
        substations = [s.name for plan in held.districts for s in plan.substations]
        crews = [crew.name for crew in held.staff.crews]

        assert len(substations) == len(set(substations))
        assert len(crews) == len(set(crews))


class TestTheWork:
    def test_kinds_are_in_true_proportion(self):
        shares = Counter(order.kind for order in world(Size.UTILITY).orders)

        assert 0.04 < shares["TROUBLE"] / 10_000 < 0.07
        assert 0.2 < shares["CORRECTIVE"] / 10_000 < 0.3
        assert shares.keys() == {
            "TROUBLE", "CORRECTIVE", "PREVENTIVE", "NEW_SERVICE", "VEGETATION", "INSPECTION", "SWITCHING",
        }  # fmt: skip

    @pytest.mark.parametrize("size", [*Size])
    def test_every_district_has_an_emergency_with_many_customers_out(self, size):
        worst: Counter[str] = Counter()
        for order in world(size).orders:
            if order.priority == "EMERGENCY":
                worst[order.district] = max(worst[order.district], order.customers_out)

        assert worst.keys() == {plan.code for plan in world(size).districts}
        assert min(worst.values()) >= 80

    @pytest.mark.parametrize("size", [Size.DISTRICT, Size.UTILITY])
    def test_each_day_brings_a_tenth_to_a_fifth_more_work_than_the_crews_can_do(self, size):
        held = world(size)
        work = capacity = 0.0
        for plan in held.districts:
            work += sum(d.minutes for d in drafts.drafts(plan, held.seed, TODAY) if d.release == TODAY)
            capacity += sum(drafts.capacity(plan, [TODAY]).values())

        assert 1.1 <= work / capacity <= 1.25

    def test_energised_work_above_600_volts_asks_for_two_people_of_the_line(self):
        for order in world(Size.UTILITY).orders:
            if order.energised and order.voltage > 600 and order.kind != "SWITCHING":
                people = {need.qualification: need.people for need in order.needs}
                assert max(people.get("LINE", 0), people.get("LINE-HOT", 0)) >= 2, order.title

    @pytest.mark.parametrize("size", [*Size])
    def test_some_work_in_every_district_needs_a_traffic_crew_beside_its_own(self, size):
        held = world(size)
        for plan in held.districts:
            own = [order for order in held.orders if order.district == plan.code]
            several = [order for order in own if order.further_crews]
            assert 2 <= len(several) <= 0.06 * len(own)
            assert any(crew.name.startswith("Traffic") for crew in held.staff.crews if crew.district == plan.code)

    def test_nearly_all_work_is_work_for_some_crew_of_its_district(self):
        held = world()

        undoable = [
            order for order in held.orders if not any(fits(held, crew.reference, order) for crew in crews(order))
        ]

        assert len(undoable) < 0.05 * len(held.orders), Counter(order.title.split(",")[0] for order in undoable)

    def test_switching_comes_before_the_work_that_it_isolates_for_at_the_same_place(self):
        orders = {order.reference: order for order in world().orders}
        waiting = [order for order in world().orders if order.prerequisites]

        assert waiting
        for order in waiting:
            for reference in order.prerequisites:
                switching = orders[reference]
                assert switching.kind == "SWITCHING"
                assert switching.reference < order.reference
                assert (switching.latitude, switching.longitude) == (order.latitude, order.longitude)
                assert "CLEARANCE" in order.required_permits

    def test_some_is_overdue_some_waits_for_materials_and_customers_have_appointments(self):
        held = world()
        midnight = held.districts[0].at(TODAY, 0)

        assert any(order.due and order.due < midnight for order in held.orders)
        assert any(not order.materials_ready and order.materials_expected for order in held.orders)
        assert any(not order.materials_ready and not order.materials_expected for order in held.orders)
        assert sum(order.appointment is not None for order in held.orders) > 0.05 * len(held.orders)


class TestThePeople:
    def test_a_few_certificates_lapse_inside_the_horizon_and_a_few_have_lapsed(self):
        held = world()
        start, end = held.districts[0].at(TODAY, 0), held.districts[0].at(TODAY + timedelta(days=7), 0)
        expiries = [each.expires for person in held.staff.employees for each in person.held if each.expires]

        assert 5 < sum(start < expiry < end for expiry in expiries) < 0.1 * len(expiries)
        assert 2 < sum(expiry <= start for expiry in expiries) < 0.05 * len(expiries)

    def test_crews_have_the_people_that_their_craft_takes(self):
        sizes = {
            "Line": (3, 5),
            "Cable": (3, 4),
            "Substation": (2, 3),
            "Tree": (3, 4),
            "Service": (1, 2),
            "Patrol": (1, 2),
            "Traffic": (2, 3),
        }

        for crew in world().staff.crews:
            fewest, most = sizes[crew.name.split()[0]]
            assert fewest <= len(crew.members) <= most
            assert crew.foreman == crew.members[0].employee

    def test_nobody_is_on_two_shifts_at_once_and_somebody_is_on_call_every_night(self):
        held = world()
        for crew in held.staff.crews:
            periods = sorted((s.period.start, s.period.end) for s in held.shifts if s.crew == crew.reference)
            assert all(before[1] <= after[0] for before, after in pairwise(periods))
        nights = {s.period.start.date() for s in held.shifts if s.on_call}

        assert len(nights) == len(days_from(TODAY))

    def test_shifts_are_local_time_on_both_sides_of_a_clock_change(self):
        held = world(today=date(2026, 10, 31))  # The clocks go back on 1 November.
        zone = held.districts[0].zone

        mornings = {
            s.period.start.astimezone(zone).strftime("%H:%M") for s in held.shifts if s.reference.endswith("-D")
        }

        assert mornings == {"07:00"}

    def test_people_are_away_for_every_reason_and_equipment_is_out_of_service(self):
        held = world()

        assert {absence.kind for absence in held.staff.absences} == {"LEAVE", "SICK", "TRAINING"}
        assert any(item.out_of_service for item in held.staff.equipment)


class TestThePermits:
    def test_there_is_every_kind_in_every_state(self):
        permits = world(Size.UTILITY).permits

        assert {permit.kind for permit in permits} == set(get_args(PermitKind))
        assert {permit.status for permit in world().permits} == set(get_args(PermitStatus))

    def test_windows_fit_the_state(self):
        midnight = world().districts[0].at(TODAY, 0)
        for permit in world().permits:
            if permit.status in ("ISSUED", "EXTENDED"):
                assert permit.valid
            if permit.status == "EXPIRED":
                assert permit.valid
                assert permit.valid.end
                assert permit.valid.end < midnight


def contains(boundary: tuple[Spot, ...], spot: Spot) -> bool:
    """Whether a line from the spot to the east crosses the boundary an odd number of times."""
    inside = False
    for one, other in pairwise((*boundary, boundary[0])):
        if (one.latitude > spot.latitude) != (other.latitude > spot.latitude):
            way = (spot.latitude - one.latitude) / (other.latitude - one.latitude)
            inside ^= spot.longitude < one.longitude + way * (other.longitude - one.longitude)
    return inside


def crews(order: OrderMessage):
    return [crew for crew in world().staff.crews if crew.district == order.district]


def fits(held: World, reference: str, order: OrderMessage) -> bool:
    """Whether the crew, all present and certified, has the people, levels and equipment."""
    crew = next(crew for crew in held.staff.crews if crew.reference == reference)
    members = {member.employee for member in crew.members}
    people = [person for person in held.staff.employees if person.reference in members]
    tools = {item.code for item in held.staff.equipment if item.crew == reference}
    enough = all(
        sum(
            any(h.qualification == need.qualification and LEVELS[h.level] >= LEVELS[need.level] for h in person.held)
            for person in people
        )
        >= need.people
        for need in order.needs
    )
    return enough and len(people) >= order.crew_size and tools.issuperset(order.equipment)
