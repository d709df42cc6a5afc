"""The kinds of job there are: what each takes in hours, people, qualifications, equipment and permits.

Titles are filled in by the order generator: {street}, {address}, {feeder}, {substation}, {pole}, {unit}, {business}.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assignments.demo.world.qualifications import LevelName
from assignments.demo.world.shapes import Craft
from assignments.downstream.messages import OrderKind, PermitKind

Needs = dict[str, int]


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of job; `weight` is its share of its kind of order."""

    title: str
    craft: Craft
    weight: float
    minutes: tuple[int, int]
    people: int
    needs: Needs
    """People by qualification, at standard level unless `levels` says otherwise."""
    equipment: tuple[str, ...] = ()
    permits: dict[PermitKind, float] = field(default_factory=dict)
    """Share of such jobs that need the permit."""
    volts: tuple[int, ...] = (0,)
    """Nominal volts; 0 stands for the feeder's own."""
    energised: float = 0.0
    customers: tuple[int, int] = (0, 0)
    emergency: float = 0.0
    """Share of emergencies (others of its kind are urgent)."""
    appointment: float = 0.0
    levels: dict[str, LevelName] = field(default_factory=dict)
    at_substation: bool = False


SHARES: dict[OrderKind, float] = {
    "SWITCHING": 0.05,
    "TROUBLE": 0.05,
    "CORRECTIVE": 0.24,
    "PREVENTIVE": 0.21,
    "NEW_SERVICE": 0.18,
    "VEGETATION": 0.12,
    "INSPECTION": 0.15,
}
"""Shares of the orders. Switching comes first: references grow in this order, and others wait for it."""

L, C, S, T, M, P = Craft.LINE, Craft.CABLE, Craft.SUBSTATION, Craft.TREE, Craft.SERVICE, Craft.PATROL
AERIAL: Needs = {"LINE": 2, "POLE-RESCUE": 1, "FIRST-AID": 2}
HOT: Needs = {"LINE-HOT": 2, "POLE-RESCUE": 1, "FIRST-AID": 2}
SERVICE_VOLTS = (240,)
HIGH = (69_000, 69_000, 138_000)

JOBS: dict[OrderKind, tuple[Task, ...]] = {
    # No permits: nobody waits for one while the lights are out.
    "TROUBLE": (
        Task("Primary conductor down, {street}", L, 4, (120, 240), 3, {**AERIAL, "CDL": 1}, ("BUCKET",),
            energised=1, customers=(80, 1900), emergency=1),
        Task("Vehicle hit pole {pole}, {street}", L, 3, (240, 360), 4, {**AERIAL, "CRANE": 1}, ("BUCKET", "DIGGER"),
            customers=(20, 640), emergency=0.9),
        Task("Feeder {feeder} locked out: patrol and restore", L, 2, (90, 180), 3, {**AERIAL, "SWITCHING": 1},
            ("BUCKET",),
            energised=1, customers=(850, 2900), emergency=1),
        Task("Transformer {unit} failed, no power", L, 4, (120, 180), 3, AERIAL, ("BUCKET",),
            energised=0.4, customers=(4, 26), emergency=0.4),
        Task("Cable fault between pedestals, {street}", C, 3, (240, 360), 3, {"CABLE": 2}, ("CABLE-VAN", "TEST-SET"),
            customers=(12, 160), emergency=0.5),
        Task("No power, {address}", M, 5, (45, 90), 1, {"METER": 1}, ("SERVICE-VAN",), volts=SERVICE_VOLTS,
            customers=(1, 1)),
        Task("Flickering lights, {address}", M, 4, (45, 90), 1, {"METER": 1}, ("SERVICE-VAN",), volts=SERVICE_VOLTS,
            customers=(1, 2)),
        Task("Tree leaning on primary, {street}", T, 3, (90, 180), 3, {"ARBORIST": 2}, ("TREE-LIFT", "CHIPPER"),
            customers=(0, 120), emergency=0.2),
    ),
    "CORRECTIVE": (
        Task("Replace split crossarm, pole {pole}", L, 5, (120, 180), 3, HOT, ("BUCKET",), energised=1),
        Task("Replace rotten pole {pole}", L, 4, (240, 360), 4, {**AERIAL, "CRANE": 1}, ("BUCKET", "DIGGER"),
            {"EXCAVATION": 0.9, "TRAFFIC": 0.4, "CLEARANCE": 0.4}),
        Task("Replace lightning arrester, pole {pole}", L, 4, (60, 105), 3, HOT, ("BUCKET",), energised=1),
        Task("Raise slack span over {street}", L, 3, (90, 150), 3, AERIAL, ("BUCKET",),
            {"TRAFFIC": 0.6, "CLEARANCE": 0.6}),
        Task("Replace leaking pad-mounted transformer {unit}", C, 3, (150, 240), 2, {"CABLE": 2}, ("CABLE-VAN",),
            {"CLEARANCE": 1, "ENVIRONMENTAL": 0.5}),
        Task("Replace secondary pedestal, {address}", C, 3, (105, 180), 2, {"CABLE": 1}, ("CABLE-VAN",),
            {"EXCAVATION": 0.9}, volts=SERVICE_VOLTS),
        Task("Repair street light circuit, {street}", M, 4, (45, 90), 1, {"LINE": 1}, ("SERVICE-VAN",),
            {"TRAFFIC": 0.15}, volts=SERVICE_VOLTS),
        Task("Replace service drop, {address}", M, 4, (60, 105), 2, {"LINE": 1}, ("SERVICE-VAN",), volts=SERVICE_VOLTS),
        Task("Exchange stopped meter, {address}", M, 4, (30, 45), 1, {"METER": 1}, ("SERVICE-VAN",),
            volts=SERVICE_VOLTS),
        Task("Replace trip coil, breaker {unit}, {substation}", S, 2, (120, 240), 2, {"SUBSTATION": 2, "RELAY": 1},
            ("RELAY-VAN",), {"CLEARANCE": 1}, at_substation=True),
        Task("Repair oil leak, transformer T1, {substation}", S, 2, (180, 300), 2, {"SUBSTATION": 2}, ("RELAY-VAN",),
            {"CLEARANCE": 1, "HOT_WORK": 0.7, "ENVIRONMENTAL": 0.4}, volts=HIGH, at_substation=True),
    ),
    "PREVENTIVE": (
        Task("Maintain recloser {unit}, {feeder}", L, 4, (120, 180), 3, AERIAL, ("BUCKET",), {"CLEARANCE": 0.7}),
        Task("Maintain air-break switch {unit}", L, 3, (90, 150), 3, {**AERIAL, "SWITCHING": 1}, ("BUCKET",),
            {"CLEARANCE": 0.8}),
        Task("Fit animal guards, {street}", L, 4, (120, 210), 3, HOT, ("BUCKET",), energised=1),
        Task("Replace cutouts, {street}", L, 4, (90, 180), 3, HOT, ("BUCKET",), {"TRAFFIC": 0.2}, energised=1),
        Task("Maintain breaker {unit}, {substation}", S, 4, (180, 300), 2, {"SUBSTATION": 2}, ("RELAY-VAN",),
            {"CLEARANCE": 1}, at_substation=True),
        Task("Test protection relays, bay {unit}, {substation}", S, 3, (150, 240), 2, {"SUBSTATION": 1, "RELAY": 1},
            ("RELAY-VAN",), {"CLEARANCE": 0.6}, at_substation=True, levels={"RELAY": "MASTER"}),
        Task("Weld ground grid riser, {substation}", S, 2, (120, 180), 2, {"SUBSTATION": 1}, ("RELAY-VAN",),
            {"HOT_WORK": 1}, at_substation=True),
        Task("Maintain station battery, {substation}", S, 2, (60, 120), 2, {"SUBSTATION": 1}, volts=(125,),
            at_substation=True),
        Task("Pump and inspect vault {unit}, {street}", C, 3, (90, 180), 3, {"CONFINED": 2, "CABLE": 1}, ("CABLE-VAN",),
            {"CONFINED_SPACE": 1, "TRAFFIC": 0.5}),
        Task("Replace cable terminations, {feeder}", C, 3, (240, 330), 3, {"CABLE": 2}, ("CABLE-VAN",),
            {"CLEARANCE": 1}),
        Task("Periodic meter change, {street}", M, 5, (90, 150), 1, {"METER": 1}, ("SERVICE-VAN",),
            volts=SERVICE_VOLTS),
    ),
    "NEW_SERVICE": (
        Task("Connect new house, {address}", M, 6, (60, 120), 2, {"METER": 1, "LINE": 1}, ("SERVICE-VAN",),
            volts=SERVICE_VOLTS, appointment=0.9),
        Task("Set meter and energize, {address}", M, 6, (30, 60), 1, {"METER": 1}, ("SERVICE-VAN",),
            volts=SERVICE_VOLTS,
            appointment=1),
        Task("Upgrade service to 200 A, {address}", M, 4, (90, 120), 2, {"METER": 1, "LINE": 1}, ("SERVICE-VAN",),
            volts=SERVICE_VOLTS, appointment=1),
        Task("Set transformer and service for {business}, {address}", L, 6, (150, 240), 3, {**AERIAL, "CDL": 1},
            ("BUCKET",),
            energised=0.5, appointment=0.2),
        Task("Extend overhead line two spans, {street}", L, 4, (240, 360), 4, {**AERIAL, "CRANE": 1},
            ("BUCKET", "DIGGER"),
            {"EXCAVATION": 1, "TRAFFIC": 0.3, "ENVIRONMENTAL": 0.15}),
        Task("Underground service, {address}", C, 5, (150, 240), 2, {"CABLE": 1}, ("CABLE-VAN",), {"EXCAVATION": 1},
            volts=SERVICE_VOLTS, appointment=0.4),
        Task("Pad-mounted transformer for {business}, {address}", C, 3, (240, 330), 3, {"CABLE": 2}, ("CABLE-VAN",),
            {"EXCAVATION": 1, "TRAFFIC": 0.2, "CLEARANCE": 0.3}),
    ),
    "VEGETATION": (
        Task("Cycle trimming, {feeder}, {street}", T, 6, (180, 330), 3, {"ARBORIST": 2, "FIRST-AID": 2},
            ("TREE-LIFT", "CHIPPER"), {"TRAFFIC": 0.4, "ENVIRONMENTAL": 0.15}),
        Task("Remove hazard tree, {address}", T, 3, (120, 210), 3, {"ARBORIST": 2, "FIRST-AID": 2},
            ("TREE-LIFT", "CHIPPER"), {"TRAFFIC": 0.3, "CLEARANCE": 0.15}),
        Task("Clear vines from pole {pole}", T, 2, (60, 105), 2, {"ARBORIST": 1}, ("TREE-LIFT",)),
    ),
    "INSPECTION": (
        Task("Pole inspection, {feeder}, section {unit}", P, 6, (120, 240), 1, {"INSPECT": 1}),
        Task("Infrared patrol, {feeder}", P, 3, (120, 180), 1, {"INSPECT": 1}, ("IR-CAMERA",)),
        Task("Joint-use check, {street}", P, 3, (60, 120), 1, {"INSPECT": 1}),
        Task("Pad-mount inspection, {street}", P, 3, (75, 150), 1, {"INSPECT": 1}),
        Task("Monthly inspection, {substation}", S, 3, (60, 90), 1, {"SUBSTATION": 1}, at_substation=True),
        Task("Vault inspection {unit}, {street}", C, 2, (60, 120), 3, {"CONFINED": 2}, ("CABLE-VAN",),
            {"CONFINED_SPACE": 1, "TRAFFIC": 0.4}),
    ),
    "SWITCHING": (
        Task("Isolate and ground {feeder}", L, 3, (45, 75), 2, {"SWITCHING": 1, "LINE": 1}, ("BUCKET",), energised=1),
        Task("Isolate and ground bay {unit}, {substation}", S, 2, (45, 90), 2, {"SWITCHING": 1, "SUBSTATION": 1},
            energised=1,
            at_substation=True),
        Task("Return {feeder} to normal state", L, 1, (30, 60), 2, {"SWITCHING": 1, "LINE": 1}, ("BUCKET",),
            energised=1),
    ),
}  # fmt: skip
