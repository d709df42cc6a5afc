"""This machine and its settings, whatever the database says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connection

from assignments.services.examining.ailment import Ailment
from notifications.services import wakeups

LEAST_FREE = 512 * 2**20
"""Bytes: SQLite's log alone may take a hundred megabytes while a backup reads."""
_OTHERS = 0o077
EVERY_HOST = "OUTBOUND_HOSTS is empty: whoever sets up systems or subscriptions may lead Lineup to any host."
NAME_HOSTS = "Set it to the hosts of systems, their proxies, subscriptions, routing server and tiles."


def development(_now: datetime) -> Iterator[Ailment]:
    if settings.DEBUG:
        yield Ailment(
            "settings", "DEBUG=1: errors show settings and code to whoever causes them.", "Leave DEBUG out of .env."
        )


def open_to_eavesdroppers(_now: datetime) -> Iterator[Ailment]:
    if not settings.HTTPS and not settings.DEBUG:
        yield Ailment(
            "settings", "HTTPS=0: passwords and sessions travel in the clear.",
            "Put a proxy that ends TLS in front (deploy/nginx.conf) and leave HTTPS out of .env.",
        )  # fmt: skip


def every_host(_now: datetime) -> Iterator[Ailment]:
    if not settings.OUTBOUND_HOSTS and not settings.DEBUG:
        yield Ailment("settings", EVERY_HOST, NAME_HOSTS)


def warn_of_every_host(**_: Any) -> list[checks.CheckMessage]:
    """For `manage.py check --deploy`."""
    return [] if settings.OUTBOUND_HOSTS else [checks.Warning(EVERY_HOST, hint=NAME_HOSTS, id="assignments.W001")]


def full_disks(_now: datetime) -> Iterator[Ailment]:
    for place in _places():
        free = shutil.disk_usage(place).free
        if free < LEAST_FREE:
            yield Ailment(
                "disk", f"{free // 2**20} MB are free where {place} lies: soon nothing can be decided any more.",
                "Make room, or move it to a larger disk.",
            )  # fmt: skip


def readable_files(_now: datetime) -> Iterator[Ailment]:
    for file in filter(Path.is_file, [settings.BASE_DIR / ".env", *_sqlite()]):
        if file.stat().st_mode & _OTHERS:
            yield Ailment("files", f"Other accounts of this machine may read {file}.", f"chmod 600 {file}")


def missing_static_files(_now: datetime) -> Iterator[Ailment]:
    if not settings.DEBUG and not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        yield Ailment(
            "static files", "Styles and scripts were not collected: every page fails.",
            "Run manage.py collectstatic --noinput, on each web host.",
        )  # fmt: skip


def unwritable_code(_now: datetime) -> Iterator[Ailment]:
    place = Path(os.environ.get("NUMBA_CACHE_DIR") or settings.BASE_DIR / "assignments" / "engine" / "__pycache__")
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    if not os.access(nearest, os.W_OK) and not any(place.glob("engine-*")):
        yield Ailment(
            "engine", f"The machine code of the engine cannot be kept in {place}: each start compiles it for minutes.",
            "Set NUMBA_CACHE_DIR to a directory that the worker's account can write, and run manage.py warm_up as it.",
        )  # fmt: skip


def silent_bus(_now: datetime) -> Iterator[Ailment]:
    if not wakeups.is_bus_up():
        yield Ailment(
            "Redis", "Redis does not answer: open pages learn of changes up to a second late.",
            "Start it, or correct REDIS_URL.",
        )  # fmt: skip


def _places() -> list[Path]:
    files = [file.parent for file in _sqlite()]
    return [place for place in {settings.BASE_DIR, *files} if place.exists()]


def _sqlite() -> list[Path]:
    return [Path(connection.settings_dict["NAME"])] if connection.vendor == "sqlite" else []
