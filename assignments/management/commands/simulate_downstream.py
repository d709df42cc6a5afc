from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from assignments.demo.systems import running
from assignments.demo.systems.faults import Setting
from assignments.demo.systems.server import PortTaken
from assignments.demo.systems.store import OtherWorld
from assignments.demo.world.shapes import Size
from assignments.downstream.messages import System

PORTS = {System.WORK: 8101, System.WORKFORCE: 8102, System.PERMITS: 8103}
ALL = "all"


class Command(BaseCommand):
    help = "Serves a simulated downstream system over HTTP until it is ended. Lineup's database is not touched."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [system.lower() for system in System]
        parser.add_argument("--system", choices=[*names, ALL], default=ALL, help="default: %(default)s")
        parser.add_argument("--port", type=int, help="the first of three for all; default: 8101, 8102, 8103")
        parser.add_argument("--size", choices=[*Size], default=Size.DISTRICT.value, help="default: %(default)s")
        parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
        parser.add_argument("--today", type=date.fromisoformat, help="YYYY-MM-DD: the day on which the world begins")
        parser.add_argument(
            "--data-dir", type=Path, default=settings.BASE_DIR / "var" / "downstream", help="default: %(default)s"
        )
        parser.add_argument("--latency", type=float, default=0, help="seconds before each answer")
        parser.add_argument("--fail-rate", type=float, default=0, help="share of requests that get 503, 0 to 1")
        parser.add_argument("--lose-answers", type=float, default=0, help="share of bookings done but never answered")
        parser.add_argument("--down-for", type=float, default=0, help="seconds from now in which all requests get 503")
        parser.add_argument("--live", action="store_true", help="the world goes on: trouble, permits, people ill")
        parser.add_argument("--live-every", type=float, default=20, help="seconds; default: %(default)s")
        parser.add_argument("--secret-env", default="", help="environment variable with the bearer token to ask for")

    def handle(self, **options: Any) -> None:
        wanted = _read(options)
        try:
            if options["system"] == ALL:
                running.run_all(wanted, say=self._say)
            else:
                running.run(wanted, say=self._say, tell=self._say if options["verbosity"] > 1 else _ignore)
        except PortTaken as refused:
            raise CommandError(f"{refused} End what listens there, or give another --port.") from refused
        except OtherWorld as refused:
            raise CommandError(f"{refused} Remove the file, or give another --data-dir.") from refused

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _ignore(_line: str) -> None:
    """Make changes of the simulated world visible in Lineup."""


def _read(options: dict[str, Any]) -> running.Options:
    """The options; raises CommandError naming the one that cannot be used."""
    system = System.WORK if options["system"] == ALL else System(options["system"].upper())
    if options["live"] and options["live_every"] <= 0:
        raise CommandError("--live-every is a number of seconds above 0.")
    secret = os.environ.get(options["secret_env"], "") if options["secret_env"] else ""
    if options["secret_env"] and not secret:
        raise CommandError(f"--secret-env names {options['secret_env']}, which is not set.")
    try:
        faults = Setting(**{name: options[name] for name in Setting.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        raise CommandError(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}.") from error
    return running.Options(
        system=system,
        port=PORTS[system] if options["port"] is None else options["port"],
        size=Size(options["size"]),
        seed=options["seed"],
        data_dir=options["data_dir"],
        faults=faults,
        today=options["today"],
        live_every=options["live_every"] if options["live"] else None,
        secret=secret,
    )
