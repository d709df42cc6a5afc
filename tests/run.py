"""`make test`: every test on SQLite, what touches the database again on PostgreSQL, the streams with Redis too.

The servers live in a temporary directory, listen on free ports of 127.0.0.1 and are ended whatever happens.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 - the script may be started from anywhere

IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
COVERAGE = ROOT / "var" / "coverage"
TOUCHES_DATABASE = ["models", "services", "queries", "views", "api", "commands", "streams", "downstream"]
SERVERS = "serial or faults"
ALONE = f"{SERVERS} or browser"
# Half of the time a test waits for a process that it has started.
SIDE_BY_SIDE = ["-n", str(2 * (os.cpu_count() or 1))]
# What one file starts, its tests share.
FILES = [*SIDE_BY_SIDE, "--dist", "loadfile"]
BROWSERS = ["-n", "2", "--dist", "loadfile"]
WOKEN = [f"tests/streams/test_{name}.py" for name in ("server", "run_stream", "streams", "bus", "order")]


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broke: bool = False
    """A pass ended without a verdict: a crash, a usage error, an interrupt."""

    newly_failed: int = 0

    def again(self, code: int) -> None:
        """A second attempt at what just failed: load may break a promise of time once, a defect breaks it twice."""
        if code == 0:
            print(f"FLAKY: {self.newly_failed} failed at first and passed when run again; see above.", flush=True)
            self.passed += self.newly_failed
            self.failed -= self.newly_failed

    def take(self, report: Path, code: int) -> None:
        # 5: nothing was selected, which is no failure of a directory that has no test of that kind.
        self.broke |= code not in {0, 1, 5}
        self.newly_failed = 0
        if not report.exists():
            return
        for suite in ElementTree.parse(report).iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += failed
            self.newly_failed += failed
            self.skipped += skipped
            self.passed += int(suite.get("tests", 0)) - failed - skipped


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    missing = servers.install_missing()
    if missing and IS_CI:
        print(f"These are needed and could not be installed: {', '.join(missing)}.", file=sys.stderr)
        return 1
    compile_engine()
    totals = Totals()
    with tempfile.TemporaryDirectory(prefix="lineup-run-") as scratch, contextlib.ExitStack() as stack:
        # Servers that run as another account have their files in it.
        Path(scratch).chmod(0o711)
        for number, (title, arguments, environment) in enumerate(passes(missing, stack)):
            print(f"\n== {title}", flush=True)
            report = Path(scratch) / f"{number}.xml"
            # Workers that xdist ends by force cannot tidy up; the directory of the run does it for them.
            code = pytest([*arguments, f"--junitxml={report}"], environment | {"TMPDIR": scratch})
            totals.take(report, code)
            if code == 1:
                totals.again(pytest(once_more(arguments), environment | {"TMPDIR": scratch}))
    print_coverage()
    if missing:
        print(
            f"Left out, because this machine lacks it: {', '.join(missing)}. sudo apt-get install {' '.join(missing)}"
        )
    if totals.broke:
        totals.failed = max(totals.failed, 1)
    print(f"{totals.skipped} skipped: they are about the other database, or need what this machine lacks.")
    print(f"{totals.passed} passed, {totals.failed} failed")
    return 1 if totals.failed else 0


def passes(missing: list[str], stack: contextlib.ExitStack) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Title, pytest's arguments and the environment of each pass; a server starts when its pass is reached."""
    coverage = ["--cov", "--cov-append", "--cov-report="]
    COVERAGE.parent.mkdir(exist_ok=True)
    COVERAGE.unlink(missing_ok=True)
    yield "SQLite, side by side", [*SIDE_BY_SIDE, "-m", f"not ({ALONE})", *coverage], {}
    yield "SQLite, servers", [*FILES, "-m", f"({SERVERS}) and not browser", *coverage], {}
    if "chromium" not in missing:
        yield "SQLite, browsers", [*BROWSERS, "-m", "browser", *coverage], {}
    folders = [f"tests/{name}" for name in TOUCHES_DATABASE if (ROOT / "tests" / name).is_dir()]
    if "postgresql" in missing or not folders:
        return
    postgres = {"DATABASE_URL": stack.enter_context(servers.postgres())}
    yield "PostgreSQL, side by side", [*SIDE_BY_SIDE, "-m", f"database and not ({ALONE})", *folders], postgres
    again = f"({SERVERS}) and not (browser or once)"
    yield "PostgreSQL, servers", [*FILES, "-m", again, *folders], postgres
    if "redis-server" in missing:
        return
    redis = postgres | {"REDIS_URL": stack.enter_context(servers.redis())}
    # What wakes a server is all that differs here: neither clients nor proxies see it.
    yield "PostgreSQL with Redis, streams", [*FILES, "-k", "not behind_pushpin", *WOKEN], redis


def compile_engine() -> None:
    """Once, before the processes of a pass would all compile the same side by side."""
    command = "from assignments.engine import search; search.warm_up()"
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True)


def once_more(arguments: list[str]) -> list[str]:
    """The arguments that run only what failed in the pass before, one at a time."""
    alone = [one for one in arguments if one not in {*FILES, *BROWSERS}]
    return [*alone, "--last-failed", "--last-failed-no-failures=none"]


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    started = time.monotonic()
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "pytest", "--quiet", *arguments, *sys.argv[1:]]
    # A session of its own: a signal to the whole group would end pytest before its fixtures ended their servers.
    process = subprocess.Popen(command, cwd=ROOT, env=clean | environment, start_new_session=True)
    try:
        code = process.wait()
    except BaseException:
        end(process)
        raise
    print(f"({time.monotonic() - started:.0f} s)", flush=True)
    return code


def end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does: pytest then ends the servers that its fixtures started, which it does not do on TERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
            return


def print_coverage() -> None:
    if COVERAGE.exists():
        print("\n== Branches of the engine and the services", flush=True)
        subprocess.run([sys.executable, "-m", "coverage", "report"], cwd=ROOT, check=False)
        print()


if __name__ == "__main__":
    raise SystemExit(main())
