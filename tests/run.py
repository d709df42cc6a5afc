"""`make test`: every test on SQLite, what can differ there on PostgreSQL, what wakes the streams with Redis.

The servers live in a temporary directory, listen on free ports of 127.0.0.1 and are ended whatever happens.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 - the script may be started from anywhere

IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
TOUCHES_DATABASE = ["models", "services", "queries", "presenters", "views", "api", "commands", "streams", "downstream"]
CORES = os.cpu_count() or 1
WOKEN = ["tests/streams/responses", "tests/streams/process/test_bus.py", "tests/streams/fanout/test_order.py"]
SLOWEST = 20


@dataclass(frozen=True)
class Pass:
    title: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    at_once: int = 2 + CORES
    """Tests at the same time: more than cores, because a test that has started servers waits for them mostly."""


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broke: bool = False
    """A pass ended without a verdict: a crash, a usage error, an interrupt."""

    passes: list[tuple[str, float, float]] = field(default_factory=list)
    """Title, seconds, and seconds of the processors, those of servers and browsers included."""

    tests: list[tuple[float, str]] = field(default_factory=list)
    """Seconds and name, with the title of the pass."""

    def take(self, title: str, report: Path, code: int) -> None:
        # 5: nothing was selected, which is no failure of a directory that has no test of that kind.
        self.broke |= code not in {0, 1, 5}
        if not report.exists():
            return
        tree = ElementTree.parse(report)
        for suite in tree.iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += failed
            self.skipped += skipped
            self.passed += int(suite.get("tests", 0)) - failed - skipped
        for case in tree.iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')} ({title})"
            self.tests.append((float(case.get("time", 0)), name))

    def print_times(self) -> None:
        print("\n== Where the time went: seconds, and seconds of the processors")
        for title, seconds, busy in self.passes:
            print(f"{seconds:7.1f} {busy:7.1f}  {title}")
        print(f"\n== The {SLOWEST} slowest tests, in seconds")
        for seconds, name in sorted(self.tests, reverse=True)[:SLOWEST]:
            print(f"{seconds:7.1f}  {name}")
        print(flush=True)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options, passed_on = read_options()
    missing = servers.install_missing()
    if missing and IS_CI:
        print(f"These are needed and could not be installed: {', '.join(missing)}.", file=sys.stderr)
        return 1
    totals = Totals()
    with tempfile.TemporaryDirectory(prefix="lineup-run-") as scratch, contextlib.ExitStack() as stack:
        # Servers that run as another account have their files in it.
        Path(scratch).chmod(0o711)
        for number, one in enumerate(passes(Path(scratch), missing, stack, is_long=options.long)):
            print(f"\n== {one.title}", flush=True)
            report = Path(scratch) / f"{number}.xml"
            started, busy = time.monotonic(), processor_seconds()
            prepare(one.environment)
            # Children that are ended by force cannot tidy up; the directory of the run does it for them.
            arguments = ["--forks", str(one.at_once), *one.arguments, f"--junitxml={report}", *passed_on]
            totals.take(one.title, report, pytest(arguments, one.environment | {"TMPDIR": scratch}))
            totals.passes.append((one.title, time.monotonic() - started, processor_seconds() - busy))
        busy = processor_seconds()
        stack.close()
        totals.passes.append(("The servers of the databases", 0, processor_seconds() - busy))
    totals.print_times()
    if missing:
        print(
            f"Left out, because this machine lacks it: {', '.join(missing)}. sudo apt-get install {' '.join(missing)}"
        )
    if totals.broke:
        totals.failed = max(totals.failed, 1)
    print(f"{totals.skipped} skipped: they are about the other database, or need what this machine lacks.")
    print(f"{totals.passed} passed, {totals.failed} failed")
    return 1 if totals.failed else 0


def read_options() -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is for pytest."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--long", action="store_true", help="the tests that `make test` leaves out for their length")
    return parser.parse_known_args()


def passes(scratch: Path, missing: list[str], stack: contextlib.ExitStack, *, is_long: bool) -> Iterator[Pass]:
    """A pass a database; its server starts when the pass is reached."""
    length = "long" if is_long else "not long"
    statements = scratch / "statements"
    statements.mkdir()
    choosing = ["-p", "tests.statements", f"--statements={statements}"]
    without = " and not browser" if "chromium-headless-shell" in missing else ""
    # With browsers and with servers that are away for seconds.
    yield Pass("SQLite", [*choosing, "-m", f"{length}{without}"], at_once=2 + CORES)
    if is_long:
        yield Pass("Properties, with more examples", ["-m", "hypothesis", "--timeout=1800"], {"EXAMPLES_TIMES": "10"})
    if "postgresql" in missing:
        return
    postgres = {"DATABASE_URL": stack.enter_context(servers.postgres())}
    folders = [f"tests/{name}" for name in TOUCHES_DATABASE]
    chosen = f"{length} and database and not (browser or once)"
    yield Pass("PostgreSQL", [*choosing, "--chosen", "-m", chosen, *folders], postgres)
    if "redis-server" in missing or is_long:
        return
    redis = postgres | {"REDIS_URL": stack.enter_context(servers.redis())}
    # What wakes a server is all that differs here: neither clients nor proxies see it.
    yield Pass("PostgreSQL with Redis", ["-m", length, "-k", "not behind_pushpin", *WOKEN], redis)


def prepare(environment: dict[str, str]) -> None:
    """Compiles the engine and migrates, once for all processes of a pass and before a test could wait for it."""
    command = (
        "import django; django.setup()\n"
        "from assignments.engine.search import solver; solver.warm_up()\n"
        "from tests import databases; databases.prepare()"
    )
    chosen = clean() | environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=chosen, check=True)


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "--quiet", *arguments]
    # A session of its own: a signal to the whole group would end pytest before its fixtures ended their servers.
    process = subprocess.Popen(command, cwd=ROOT, env=clean() | environment, start_new_session=True)
    try:
        return process.wait()
    except BaseException:
        end(process)
        raise


def clean() -> dict[str, str]:
    """The environment without what would aim the tests elsewhere, or make them slow."""
    # Without bytecode on the disk each of the many processes would compile the house anew, and pytest every test.
    unwanted = {"DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def processor_seconds() -> float:
    """Used by all processes of ours that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does: pytest then ends the servers that its fixtures started, which it does not do on TERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
            return


if __name__ == "__main__":
    raise SystemExit(main())
