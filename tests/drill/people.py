"""Fills the database of the drill: an invented utility, its managers, those who look at boards, and a first plan."""

from __future__ import annotations

import contextlib
import io
import random
from datetime import date, timedelta
from typing import Any

from tests.browser.stage import until
from tests.drill import installation

PASSWORD = "drill-2026-lineup"
TABS = 10
"""Open pages of one person; each may follow a run beside, and a person may have 24 streams."""
_LATE = 14
"""Hour of the district from which on the first day is tomorrow."""
_PAGES = (
    # Of 20 pages so many, and their address.
    (12, "/districts/{code}/board/?day={first}"),
    (2, "/districts/{code}/board/?day={second}"),
    (2, "/districts/{code}/board/?day={first}&state=to-decide"),
    (1, "/districts/{code}/today/"),
    (1, "/districts/{code}/map/?day={first}"),
    (1, "/districts/{code}/write-backs/"),
    (1, "/districts/{code}/permits/"),
)


def fill(site: installation.Installation, *, boards: int, managers: int, seed: int, world: list[str]) -> dict[str, Any]:
    """The plan of the bots; the tables are there and empty of rows before."""
    from django.core.management import call_command

    from assignments import models

    call_command("migrate", verbosity=0)
    urls = [f"--{name}-url={site.url(name)}" for name in installation.SYSTEMS]
    given = [*world, *urls, "--allow-production", "--password", PASSWORD]
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("seed_demo", *given, verbosity=0)
    districts = list(models.District.objects.order_by("code"))
    chance = random.Random(seed)
    first = _first_day(districts[0])
    return {
        "seed": seed,
        "boards": _boards(districts, boards, first, chance),
        "managers": [_manager(districts[number % len(districts)], number, first) for number in range(managers)],
        "day": first.isoformat(),
    }


def _first_day(district: Any) -> date:
    """Today, and from the afternoon on tomorrow, for which there is more to decide."""
    from django.utils import timezone

    local = timezone.now().astimezone(district.zone)
    found: date = local.date() + timedelta(days=local.hour >= _LATE)
    return found


def _boards(districts: list[Any], count: int, first: date, chance: random.Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    kinds = [path for number, path in _PAGES for _ in range(number)]
    for number in range(-(-count // TABS)):
        district = districts[number % len(districts)]
        user = _person(f"looker-{number}", district, "VIEWER")
        cookies = _session(user)
        for path in chance.choices(kinds, k=TABS):
            days = {"first": first.isoformat(), "second": (first + timedelta(days=1)).isoformat()}
            address = path.format(code=district.code, **days)
            channels = [f"district:{district.pk}", f"user:{user.pk}"]
            found.append({"cookies": cookies, "path": address, "channels": channels})
    return found[:count]


def _manager(district: Any, number: int, first: date) -> dict[str, Any]:
    from django.contrib.auth.hashers import make_password

    user = _person(f"manager-{number}", district, "MANAGER")
    # The work factor of a login is not what is tried.
    type(user).objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    return {"name": user.username, "password": PASSWORD, "board": f"/districts/{district.code}/board/?day={first}"}


def _person(name: str, district: Any, role: str) -> Any:
    from django.contrib.auth import get_user_model

    from assignments import models

    user = get_user_model().objects.create(username=name, first_name=name.title(), last_name="Drill")
    models.Membership.objects.create(user=user, district=district, role=role)
    return user


def _session(user: Any) -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    # Behind HTTPS its name is another one.
    name: str = settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value}


def ask_for_plans(day: str) -> None:
    """Has the workers plan the day of each district, and waits for it."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from assignments import models
    from assignments.services.runs import running

    mara = get_user_model().objects.get(username="mara")
    for district in models.District.objects.order_by("code"):
        models.Membership.objects.get_or_create(user=mara, district=district, defaults={"role": "MANAGER"})
        running.request_run(district=district, day=date.fromisoformat(day), by=mara, now=timezone.now())
    wanted = models.SuggestionRun.objects.filter(finished_at=None)
    until(lambda: not wanted.exists(), "the first plans are made", 600)
    failed = models.SuggestionRun.objects.exclude(status__in=models.SuggestionRun.USABLE)
    assert not failed.exists(), list(failed.values_list("status", "error"))


def declare_storm() -> None:
    """In the first district, whose rules then differ."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from assignments import models
    from assignments.services import storming

    mara = get_user_model().objects.get(username="mara")
    district = models.District.objects.order_by("code")[0]
    storming.declare(district=district, reason="drill", by=mara, now=timezone.now())


def at_rest() -> bool:
    """Whether workers have nothing left to do."""
    from assignments import models

    return not (
        models.SuggestionRun.objects.filter(finished_at=None).exists()
        or models.WriteBack.objects.open().exists()
        or models.BatchItem.objects.filter(status__in=["WAITING", "LEAVING"]).exists()
    )
