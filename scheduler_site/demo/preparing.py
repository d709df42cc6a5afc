"""Preparation before the demo's processes start: tables, and data when there is none. Safe to repeat."""

from __future__ import annotations

import io
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError

from scheduler_site.demo import household


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
    try:
        django.setup()
        prepare()
    except (ImproperlyConfigured, CommandError, OperationalError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2 if isinstance(error, ImproperlyConfigured) else 1
    return 0


def prepare() -> None:
    from assignments import models

    call_command("migrate", interactive=False, verbosity=0)
    if models.District.objects.exists():
        point_at_simulators()
    else:
        seed()


def seed() -> None:
    print("demo: Filling the empty database: 3 districts, 600 work orders, 75 crews.", flush=True)
    said = io.StringIO()
    urls = {f"{system}_url": household.downstream_url(system) for system in household.SYSTEMS}
    call_command("seed_demo", size="district", seed=1, notes=True, stdout=said, **urls)
    sys.stdout.write(said.getvalue())
    # Only now are the passwords known; every later start shows them from here.
    household.LOGINS.parent.mkdir(parents=True, exist_ok=True)
    household.LOGINS.write_text("".join(line for line in said.getvalue().splitlines(keepends=True) if " / " in line))


def point_at_simulators() -> None:
    """The rows keep the ports of the first start; this start may have been given others."""
    from assignments import models

    for system in household.SYSTEMS:
        local = models.DownstreamSystem.objects.filter(kind=system.upper(), base_url__startswith="http://127.0.0.1:")
        local.update(base_url=household.downstream_url(system))


if __name__ == "__main__":
    raise SystemExit(main())
