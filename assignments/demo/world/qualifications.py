"""Which qualifications there are, how long each lasts, and who of a crew holds which."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from assignments.demo.world.shapes import Craft, DistrictPlan
from assignments.downstream.messages import HeldMessage, QualificationMessage

LevelName = Literal["APPRENTICE", "STANDARD", "MASTER"]

CATALOGUE: dict[str, tuple[str, int | None]] = {
    "LINE": ("Line work", None),
    "LINE-HOT": ("Live-line work (hot stick and gloving)", 365),
    "CABLE": ("Cable splicing and terminating", None),
    "SUBSTATION": ("Substation maintenance", None),
    "RELAY": ("Protection and control", 3 * 365),
    "SWITCHING": ("Switching authorization", 365),
    "METER": ("Metering", 3 * 365),
    "ARBORIST": ("Line-clearance arborist", 3 * 365),
    "INSPECT": ("Line and pole inspection", 3 * 365),
    "CDL": ("Commercial driver's license, class A", 2 * 365),
    "CRANE": ("Digger derrick operator", 5 * 365),
    "FLAGGER": ("Traffic flagger", 4 * 365),
    "FIRST-AID": ("First aid and CPR", 2 * 365),
    "POLE-RESCUE": ("Pole-top rescue", 365),
    "CONFINED": ("Confined-space entry", 365),
}
"""Name and days of validity by code; trade qualifications do not lapse."""

LAPSES_SOON, LAPSED = 0.03, 0.015
"""Shares of certificates that run out inside the horizon, and that already have."""


@dataclass(frozen=True, slots=True)
class Role:
    """Qualifications of one place in a crew: code -> (level, share of people who hold it)."""

    holds: dict[str, tuple[LevelName, float]]


_FOREMAN_LINE = Role({
    "LINE": ("MASTER", 1), "LINE-HOT": ("MASTER", 0.9), "SWITCHING": ("STANDARD", 0.8), "CDL": ("STANDARD", 1),
    "CRANE": ("STANDARD", 0.7), "FIRST-AID": ("STANDARD", 1), "POLE-RESCUE": ("STANDARD", 1),
    "FLAGGER": ("STANDARD", 0.4),
})  # fmt: skip
_LINEWORKER = Role({
    "LINE": ("STANDARD", 1), "LINE-HOT": ("STANDARD", 0.8), "CDL": ("STANDARD", 0.9), "CRANE": ("STANDARD", 0.4),
    "FIRST-AID": ("STANDARD", 1), "POLE-RESCUE": ("STANDARD", 1), "SWITCHING": ("STANDARD", 0.3),
    "FLAGGER": ("STANDARD", 0.5),
})  # fmt: skip
_APPRENTICE_LINE = Role({
    "LINE": ("APPRENTICE", 1), "CDL": ("STANDARD", 0.6), "FIRST-AID": ("STANDARD", 1),
    "POLE-RESCUE": ("STANDARD", 0.8), "FLAGGER": ("STANDARD", 0.9),
})  # fmt: skip
_GROUND = Role({
    "CDL": ("STANDARD", 1), "FLAGGER": ("STANDARD", 1), "FIRST-AID": ("STANDARD", 0.9), "CRANE": ("STANDARD", 0.4),
})  # fmt: skip
_FOREMAN_CABLE = Role({
    "CABLE": ("MASTER", 1), "CONFINED": ("STANDARD", 0.95), "SWITCHING": ("STANDARD", 0.5), "CDL": ("STANDARD", 0.9),
    "FIRST-AID": ("STANDARD", 1),
})  # fmt: skip
_SPLICER = Role({
    "CABLE": ("STANDARD", 1), "CONFINED": ("STANDARD", 0.9), "CDL": ("STANDARD", 0.6), "FIRST-AID": ("STANDARD", 1),
    "FLAGGER": ("STANDARD", 0.4),
})  # fmt: skip
_HELPER_CABLE = Role({
    "CABLE": ("APPRENTICE", 1), "CONFINED": ("STANDARD", 0.8), "CDL": ("STANDARD", 0.7), "FLAGGER": ("STANDARD", 0.8),
    "FIRST-AID": ("STANDARD", 0.9),
})  # fmt: skip
_FOREMAN_SUBSTATION = Role({
    "SUBSTATION": ("MASTER", 1), "RELAY": ("MASTER", 0.6), "SWITCHING": ("STANDARD", 0.95), "CDL": ("STANDARD", 0.5),
    "FIRST-AID": ("STANDARD", 1), "CONFINED": ("STANDARD", 0.3),
})  # fmt: skip
_TECHNICIAN = Role({
    "SUBSTATION": ("STANDARD", 1), "RELAY": ("STANDARD", 0.6), "SWITCHING": ("STANDARD", 0.7),
    "FIRST-AID": ("STANDARD", 1),
})  # fmt: skip
_FOREMAN_TREE = Role({
    "ARBORIST": ("MASTER", 1), "CDL": ("STANDARD", 1), "FIRST-AID": ("STANDARD", 1), "FLAGGER": ("STANDARD", 0.6),
})  # fmt: skip
_CLIMBER = Role({
    "ARBORIST": ("STANDARD", 1), "CDL": ("STANDARD", 0.6), "FIRST-AID": ("STANDARD", 1), "FLAGGER": ("STANDARD", 0.8),
})  # fmt: skip
_SERVICE = Role({
    "METER": ("STANDARD", 1), "LINE": ("STANDARD", 0.8), "FIRST-AID": ("STANDARD", 1), "SWITCHING": ("STANDARD", 0.3),
    "CDL": ("STANDARD", 0.4),
})  # fmt: skip
_SERVICE_HELPER = Role({
    "METER": ("STANDARD", 0.7), "LINE": ("APPRENTICE", 1), "FIRST-AID": ("STANDARD", 0.9), "FLAGGER": ("STANDARD", 0.4),
})  # fmt: skip
_INSPECTOR = Role({
    "INSPECT": ("STANDARD", 1), "LINE": ("APPRENTICE", 0.4), "FIRST-AID": ("STANDARD", 0.9),
})  # fmt: skip
_FLAGGER = Role({
    "FLAGGER": ("STANDARD", 1), "CDL": ("STANDARD", 0.5), "FIRST-AID": ("STANDARD", 0.8),
})  # fmt: skip

PLACES: dict[Craft, tuple[Role, ...]] = {
    Craft.LINE: (_FOREMAN_LINE, _LINEWORKER, _APPRENTICE_LINE, _LINEWORKER, _GROUND),
    Craft.CABLE: (_FOREMAN_CABLE, _SPLICER, _HELPER_CABLE, _SPLICER),
    Craft.SUBSTATION: (_FOREMAN_SUBSTATION, _TECHNICIAN, _TECHNICIAN),
    Craft.TREE: (_FOREMAN_TREE, _CLIMBER, _CLIMBER, _CLIMBER),
    Craft.SERVICE: (_SERVICE, _SERVICE_HELPER),
    Craft.PATROL: (_INSPECTOR, _INSPECTOR),
    Craft.TRAFFIC: (_FLAGGER, _FLAGGER, _FLAGGER),
}
"""The places of a crew in the order in which they are filled; the foreman first."""


def messages() -> tuple[QualificationMessage, ...]:
    return tuple(
        QualificationMessage(reference=code, version=1, name=name) for code, (name, _days) in sorted(CATALOGUE.items())
    )


def _expiry(rng: random.Random, today: date, days: int) -> date:
    """Mostly well ahead; a few run out inside the horizon, fewer already did."""
    fate = rng.random()
    if fate < LAPSED:
        return today - timedelta(days=rng.randint(1, 40))
    if fate < LAPSED + LAPSES_SOON:
        return today + timedelta(days=rng.randint(1, 6))
    return today + timedelta(days=rng.randint(8, days))


def held(rng: random.Random, district: DistrictPlan, role: Role, today: date) -> tuple[HeldMessage, ...]:
    """The certificates of one person; each ends at local midnight after its last day."""
    certificates = []
    for code, (level, share) in role.holds.items():
        if rng.random() >= share:
            continue
        days = CATALOGUE[code][1]
        expires = None if days is None else _expiry(rng, today, days)
        first_day = (
            today - timedelta(days=rng.randint(400, 6000)) if expires is None else expires - timedelta(days=days or 0)
        )
        certificates.append(
            HeldMessage(
                qualification=code,
                level=level,
                issued=district.at(first_day, 0),
                expires=None if expires is None else district.at(expires, 0),
            )
        )
    return tuple(certificates)
