"""`make demo`: everything Lineup needs on one machine, ended by one Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from django.core.exceptions import ImproperlyConfigured

from scheduler_site.demo import household, ports, supervisor


def main() -> int:
    try:
        home = household.read()
        ports.claimable(home.addresses)
    except (ImproperlyConfigured, ports.PortUnavailable) as refusal:
        print(f"demo: {refusal}", file=sys.stderr)
        return 2
    environment = os.environ | home.environment
    if code := prepare(environment, home.pages):
        return code
    keeper = supervisor.Supervisor(home.processes, environment=environment, say=say)
    return keeper.run(answers=lambda: is_answering(f"{home.url}/healthz"), announce=lambda: announce(home))


def prepare(environment: dict[str, str], pages: dict[str, str]) -> int:
    """The exit code of the preparation; a signal ends it too, and every step of it may be repeated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command = [sys.executable, "-m", "scheduler_site.demo.preparing"]
        code = subprocess.run(command, check=False, env=environment).returncode
        if code or not pages:
            return code
        # Outside debugging, files are served by the names that this gives them.
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        return subprocess.run(collect, check=False, env=environment | pages).returncode
    except KeyboardInterrupt:
        return 130


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


if __name__ == "__main__":
    raise SystemExit(main())
