"""`make test`: every test on SQLite, what can differ there on PostgreSQL, what wakes the streams with Redis.

Tests on SQLite wait for servers and browsers for a part of their time. What needs nothing of theirs runs beside them,
and gives way to them. The servers live in a temporary directory, listen on free ports of 127.0.0.1 and are ended
whatever happens.
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 - the script may be started from anywhere

IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
TOUCHES_DATABASE = ["models", "services", "queries", "presenters", "views", "api", "commands", "streams", "downstream"]
CORES = os.cpu_count() or 1
WOKEN = ["tests/streams/responses", "tests/streams/process/test_bus.py", "tests/streams/fanout/test_order.py"]
DIRECT = ["-k", "not behind_pushpin"]
"""Servers without a proxy, which sees nothing of their database."""

SLOWEST = 20


@dataclass(frozen=True)
class Pass:
    title: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    at_once: int = 2 + CORES
    """Tests at the same time: more than cores, because a test that has started servers waits for them mostly."""


@dataclass
class Order:
    """The `first` passes leave the processors idle now and then; those `beside` them use that; the `last` run alone."""

    first: list[Pass] = field(default_factory=list)
    beside: list[Pass] = field(default_factory=list)
    last: list[Pass] = field(default_factory=list)


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
    # A shell that starts it in the background has Ctrl-C ignored, also by all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options, passed_on = read_options()
    missing = servers.install_missing()
    if missing and IS_CI:
        print(f"These are needed and could not be installed: {', '.join(missing)}.", file=sys.stderr)
        return 1
    totals = Totals()
    with tempfile.TemporaryDirectory(prefix="lineup-run-") as scratch, contextlib.ExitStack() as stack:
        # Servers that run as another account have their files in it.
        Path(scratch).chmod(0o711)
        order = passes(Path(scratch), missing, stack, is_long=options.long)
        Runner(Path(scratch), passed_on, totals).run(order)
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


def passes(scratch: Path, missing: list[str], stack: contextlib.ExitStack, *, is_long: bool) -> Order:
    length = "long" if is_long else "not long"
    statements = scratch / "statements"
    statements.mkdir()
    choosing = ["-p", "tests.statements", f"--statements={statements}"]
    without = " and not browser" if "chromium-headless-shell" in missing else ""
    order = Order()
    # With browsers and with servers that are away for seconds.
    order.first.append(Pass("SQLite", [*choosing, "-m", f"{length}{without}"], at_once=3 + CORES))
    if is_long:
        more = {"EXAMPLES_TIMES": "10"}
        order.first.append(Pass("Properties, with more examples", ["-m", "hypothesis", "--timeout=1800"], more))
    if "postgresql" in missing:
        return order
    postgres = {"DATABASE_URL": stack.enter_context(servers.postgres())}
    folders = [f"tests/{name}" for name in TOUCHES_DATABASE]
    chosen = [*choosing, "-m", f"{length} and database and not (browser or once)", *DIRECT, *folders]
    order.beside.append(Pass("PostgreSQL, what commits", ["--chosen=always", *chosen], postgres, at_once=CORES))
    order.last.append(Pass("PostgreSQL, by what was sent to SQLite", ["--chosen=others", *chosen], postgres))
    if "redis-server" in missing or is_long:
        return order
    redis = postgres | {"REDIS_URL": stack.enter_context(servers.redis())}
    # What wakes a server is all that differs here: neither clients nor proxies see it. While the engine is compiled.
    woken = ["--without-engine", "-m", f"{length} and not once", *DIRECT, *WOKEN]
    order.beside.insert(0, Pass("PostgreSQL with Redis", woken, redis, at_once=CORES))
    return order


@dataclass
class Runner:
    """Runs each pass in a pytest of its own."""

    scratch: Path
    passed_on: list[str]
    totals: Totals
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, order: Order) -> None:
        with ThreadPoolExecutor(1) as other:
            beside = [other.submit(self.run_one, one, is_beside=True) for one in order.beside]
            try:
                for one in order.first:
                    self.run_one(one)
                for done in beside:
                    done.result()
                for one in order.last:
                    self.run_one(one)
            except BaseException:
                other.shutdown(wait=False, cancel_futures=True)
                for process in self.running:
                    end(process)
                raise

    def run_one(self, one: Pass, *, is_beside: bool = False) -> None:
        name = one.title.replace(" ", "-")
        report, said = self.scratch / f"{name}.xml", self.scratch / f"{name}.txt"
        ours = ["-p", "tests.preparing", "--forks", str(one.at_once), f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", "--quiet", *ours, *one.arguments, *self.passed_on]
        # Children that are ended by force cannot tidy up; the directory of the run does it for them.
        environment = clean() | one.environment | {"TMPDIR": str(self.scratch)}
        if not is_beside:
            print(f"\n== {one.title}", flush=True)
        began = time.monotonic()
        with said.open("wb") as lines:
            # A session of its own: a signal to the group would end pytest before its fixtures ended their servers.
            process = subprocess.Popen(
                [*(["nice", "-n", "5"] if is_beside else []), *command],
                cwd=ROOT, env=environment, start_new_session=True,
                stdout=lines if is_beside else None, stderr=subprocess.STDOUT if is_beside else None,
            )  # fmt: skip
            self.running.append(process)
            _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.running.remove(process)
        if is_beside:
            print(f"\n== {one.title}, beside it\n{said.read_text(errors='replace')}", flush=True)
        self.totals.take(one.title, report, process.returncode)
        self.totals.passes.append((one.title, time.monotonic() - began, used.ru_utime + used.ru_stime))


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
