"""From what the environment asks for to the running demo: ports, preparation, processes, announcement."""

from __future__ import annotations

import os
import signal
import sys
import threading
import urllib.error
import urllib.request

from django.core.exceptions import ImproperlyConfigured

from notifications.services.ending import set_by_signals
from scheduler_site.demo import household, ports, steps, supervisor


def main() -> int:
    ending = threading.Event()
    set_by_signals(ending, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        home = household.read()
        ports.claimable(home.addresses)
    except (ImproperlyConfigured, ports.PortUnavailable) as refusal:
        print(f"demo: {refusal}", file=sys.stderr)
        return 2
    environment = os.environ | home.environment
    if code := steps.run(preparation(home.pages), environment=environment, say=say, ending=ending):
        return code
    if ending.is_set():
        say("demo: Ended before it began.")
        return 0
    keeper = supervisor.Supervisor(home.processes, environment=environment, say=say, ending=ending)
    return keeper.run(answers=lambda: is_answering(f"{home.url}/healthz"), announce=lambda: announce(home))


def preparation(pages: dict[str, str]) -> list[list[steps.Step]]:
    """Chains of what comes before the processes; a signal ends it at any point, and each step may be repeated."""
    tables = [sys.executable, "-m", "scheduler_site.demo.preparing"]
    rows = [steps.Step(tables, says="Preparing the database.", unless_done_in=2)]
    if pages:
        # Outside debugging, files are served by the names that this gives them.
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        rows.append(steps.Step(collect, says="Collecting styles and scripts.", environment=pages))
    warm_up = "from assignments.engine.search import solver; solver.warm_up()"
    compiling = "Compiling the planning engine, once after each upgrade: about a minute."
    # What was compiled before is loaded within that time.
    return [rows, [steps.Step([sys.executable, "-c", warm_up], says=compiling, unless_done_in=4)]]


def is_answering(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.5) as response:  # noqa: S310 - the scheme is ours
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def announce(home: household.Household) -> None:
    lines = ["", f"Lineup is ready at {home.url}/", ""]
    if household.LOGINS.exists():
        lines += [*household.LOGINS.read_text().splitlines(), ""]
    say("\n".join([*lines, "Ctrl-C ends everything.", ""]))


def say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # The terminal has gone; the processes must still be ended in order.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
