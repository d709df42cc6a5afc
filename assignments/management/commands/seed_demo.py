from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, hashers
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from assignments import models
from assignments.demo.world import building
from assignments.demo.world.shapes import DistrictPlan, Size, Spot, World
from assignments.downstream.messages import RESOURCES, Resource, System
from assignments.services import notes, upserting
from assignments.services.decisions import readiness

PASSWORD = "lineup-demo-2026"  # noqa: S105 - printed for everybody to see, and refused outside of development
SYSTEMS = {
    System.WORK: ("work", "Work management", "http://127.0.0.1:8101"),
    System.WORKFORCE: ("workforce", "Workforce roster", "http://127.0.0.1:8102"),
    System.PERMITS: ("permits", "Permits and outages", "http://127.0.0.1:8103"),
}
"""Code, name and default address."""

LOADED = (
    *((System.WORKFORCE, resource) for resource in RESOURCES[System.WORKFORCE]),
    (System.WORK, Resource.ORDERS),
    (System.PERMITS, Resource.PERMITS),
)
"""In the order in which one names the other. Outages say nothing at first that their orders do not say, and have no
version by which a second seeding would know that the lights are on again."""

STORM: Mapping[str, Any] = {
    "storm": True,
    "max_overtime_minutes": 240,
    "emergency_customers": 500,
    "urgent_customers": 50,
    "kind_priorities": {"TROUBLE": "URGENT", "PREVENTIVE": "LOW", "INSPECTION": "LOW", "VEGETATION": "LOW"},
    "horizon_hours": 36,
}
"""In a declared emergency sixteen hours on, eight off, as always, with overtime to finish a restoration; restoration
comes first, over the night and the next day."""

MEAL: Mapping[str, Any] = {
    "length_minutes": 30, "earliest_minutes": 210, "latest_minutes": 360, "after_minutes": 360,
}  # fmt: skip
"""The meal break of a shift of more than six hours; in a storm it may come two hours later."""

STATES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("AL", "Alabama", {"ticket_life": 20, "ticket_life_in": "WORKING"}),
    ("IL", "Illinois", {"ticket_life": 28}),
    ("MI", "Michigan", {"begin_within": 14}),
    ("MT", "Montana", {"ticket_life": 30}),
    ("NE", "Nebraska", {"ticket_life": 17}),
)
"""Code, name and what the law says of excavation tickets; to be checked by whoever sets up a real utility."""
HOME = "IL"

MANAGER, VIEWER = models.Membership.Role.MANAGER, models.Membership.Role.VIEWER
NOTES: tuple[tuple[str, str, int, str], ...] = (
    (
        "district",
        "jonas",
        9,
        "Cedar: breaker 4 stays open overnight.\nThe relay team is back at 07:00 and calls first.",
    ),
    ("crew", "jonas", 5, "The radio of the second truck is dead until Thursday: call the foreman's telephone."),
    (
        "order",
        "mara",
        2,
        "The gate is locked. Ask next door for the key, and close it behind you: horses.",
    ),
)
"""About what, by whom, how many hours ago, and what it says."""

PEOPLE: tuple[tuple[str, str, str, tuple[tuple[int, str], ...]], ...] = (
    ("mara", "Mara", "Lindqvist", ((0, MANAGER),)),
    ("jonas", "Jonas", "Okafor", ((0, MANAGER), (1, MANAGER))),
    ("vic", "Vic", "Moreau", ((0, VIEWER),)),
    ("stella", "Stella", "Park", ((2, MANAGER),)),
    ("admin", "Ada", "Ministrator", ()),
)
"""User name, first and last name, and roles by the district's place; stella shares no district with the others."""


class Command(BaseCommand):
    help = (
        "Fills the database with an invented utility. The same size, seed and day give the same data; repeat at will."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=[*Size], default=Size.DISTRICT.value, help="default: %(default)s")
        parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
        parser.add_argument("--today", type=date.fromisoformat, help="YYYY-MM-DD; default: today in the region")
        for code, name, url in SYSTEMS.values():
            parser.add_argument(f"--{code}-url", help=f"address of {name.lower()}; default: {url}")
        parser.add_argument("--password", help="password of the demo's people, who are created when they are missing")
        parser.add_argument("--notes", action="store_true", help="its people have left notes for each other, too")
        parser.add_argument(
            "--allow-production",
            action="store_true",
            help="fill a database that is not a developer's; its people get --password or random passwords",
        )

    def handle(self, **options: Any) -> None:
        password = _password(options["password"], allow_production=options["allow_production"])
        began, now = time.monotonic(), timezone.now()
        world = building.build(
            size=Size(options["size"]), seed=options["seed"], today=options["today"] or building.local_today(now)
        )
        with transaction.atomic():
            districts = _set_up_districts(world)
            systems = _set_up_systems({kind: options[f"{SYSTEMS[kind][0]}_url"] for kind in SYSTEMS})
            for line in _load(world, systems, districts, now):
                self.stdout.write(line)
            logins = _set_up_people(world.districts, districts, password)
            if options["notes"]:
                _write_notes(districts[world.districts[0].code], now)
        self.stdout.write(f"Seeded in {time.monotonic() - began:.1f} s.")
        for login in logins:
            self.stdout.write(login)


def _password(wanted: str | None, *, allow_production: bool) -> str | None:
    """The password for new people; None means a random one each. A known one never comes to production unasked."""
    if settings.DEBUG:
        return wanted or PASSWORD
    if not allow_production:
        raise CommandError(
            "These are production settings, and demo data does not belong there. Set DEBUG=1 on a developer's machine, "
            "or give --allow-production; people then get random passwords instead of the published one."
        )
    if wanted == PASSWORD:
        raise CommandError("That password is published with the demo. Give another one, or none for random passwords.")
    return wanted


def _set_up_districts(world: World) -> dict[str, models.District]:
    """Rule sets and districts by code; what an administrator has changed since stays."""
    exempt = {"two_person_exempt_kinds": ["SWITCHING"]}
    normal, made = models.RuleSet.objects.get_or_create(name="normal", defaults=exempt)
    storm, made_for_storms = models.RuleSet.objects.get_or_create(name="storm", defaults={**STORM, **exempt})
    if made:
        normal.breaks.create(name="meal break", **MEAL)
    if made_for_storms:
        storm.breaks.create(name="meal break", **{**MEAL, "latest_minutes": 480})
    states = {
        code: models.State.objects.get_or_create(code=code, defaults={"name": name, **law})[0]
        for code, name, law in STATES
    }
    return {
        plan.code: models.District.objects.get_or_create(
            code=plan.code,
            defaults={
                "name": plan.name,
                "time_zone": plan.time_zone,
                "service_centre": plan.service_centre,
                "latitude": plan.centre.latitude,
                "longitude": plan.centre.longitude,
                "boundary": _line(plan.boundary),
                "network": _network(plan),
                "state": states[HOME],
                "rule_set": normal,
                "storm_rule_set": storm,
            },
        )[0]
        for plan in world.districts
    }


def _network(plan: DistrictPlan) -> dict[str, Any]:
    return {
        "substations": [{"name": one.name, "place": _line([one.spot])[0]} for one in plan.substations],
        "feeders": [
            {"name": feeder.name, "path": _line(feeder.path)} for one in plan.substations for feeder in one.feeders
        ],
    }


def _line(spots: Iterable[Spot]) -> list[list[float]]:
    return [[spot.latitude, spot.longitude] for spot in spots]


def _set_up_systems(urls: Mapping[System, str | None]) -> dict[System, models.DownstreamSystem]:
    """The three systems by kind; an address that was given replaces the one stored."""
    systems = {}
    for kind, (code, name, default) in SYSTEMS.items():
        wanted = urls[kind]
        system, created = models.DownstreamSystem.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "kind": kind.value,
                "base_url": wanted or default,
                # The simulated outage system shows them.
                "takes_etr": kind is System.PERMITS,
                # They answer after some seconds, and people who try Lineup out watch what happens.
                "read_every_seconds": 10,
                "answers_for": models.DownstreamSystem.AnswersFor.ALL,
            },
        )
        if wanted and not created and system.base_url != wanted:
            system.base_url = wanted
            system.save(update_fields=["base_url"])
        systems[kind] = system
    for system in systems.values():
        # They are of one utility, and know each other's orders and crews.
        system.understands.set(other for other in systems.values() if other != system)
    return systems


def _load(
    world: World,
    systems: Mapping[System, models.DownstreamSystem],
    districts: Mapping[str, models.District],
    now: datetime,
) -> list[str]:
    """One line per collection. Raises CommandError when a record is refused: the world would be incomplete."""
    told = []
    changed: set[int] = set()
    for kind, resource in LOADED:
        outcome = upserting.upsert(
            system=systems[kind], resource=resource, records=world.records(resource), now=now, districts=districts
        )
        if outcome.rejected:
            reference, reason = outcome.rejected[0]
            raise CommandError(f"{len(outcome.rejected)} {resource} were refused, the first is {reference}: {reason}.")
        changed |= outcome.order_ids
        told.append(
            f"{resource:>14}: {outcome.created} created, {outcome.updated} updated, {outcome.unchanged} unchanged"
        )
    readiness.settle(order_ids=changed, now=now)
    return told


def _set_up_people(
    plans: tuple[DistrictPlan, ...], districts: Mapping[str, models.District], password: str | None
) -> list[str]:
    """One line per person. Who exists keeps the password and, in production, exactly the rights that they have."""
    told = []
    # One hash for all: hashing is slow on purpose, and the password is the same.
    shared = hashers.make_password(password) if password else None
    for username, first, last, roles in PEOPLE:
        own = password or token_urlsafe(12)
        is_admin = username == "admin"
        user, created = get_user_model().objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "password": shared or hashers.make_password(own),
                "is_staff": is_admin,
                "is_superuser": is_admin,
            },
        )
        rights = ["administrator"] if is_admin else []
        for place, role in roles:
            if place < len(plans) and (created or settings.DEBUG):
                district = districts[plans[place].code]
                models.Membership.objects.get_or_create(user=user, district=district, defaults={"role": role})
                rights.append(f"{models.Membership.Role(role).label.lower()} of {district.name}")
        secret = own if created else "(password as before)"
        told.append(f"{username:>8} / {secret}: {', '.join(rights) or 'no district of this size'}")
    return told


def _write_notes(district: models.District, now: datetime) -> None:
    """On the district, its first crew, and its most urgent order; once."""
    if models.Note.objects.exists():
        return
    subjects = {
        "district": district,
        "crew": models.Crew.objects.filter(district=district).order_by("name").first(),
        "order": models.WorkOrder.objects.filter(district=district).order_by("priority", "number").first(),
    }
    people = get_user_model().objects.in_bulk([name for _, name, _, _ in NOTES], field_name="username")
    for about, name, hours, text in NOTES:
        if subject := subjects[about]:
            notes.write(about=subject, text=text, by=people[name], now=now - timedelta(hours=hours))
