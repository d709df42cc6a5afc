"""The preparation of `make demo`, with trivial steps in the place of Lineup's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.project import house

HARNESS = """
import os, signal, sys, threading
from scheduler_site.demo import steps
ending = threading.Event()
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *_: ending.set())
say = lambda line: print(line, flush=True)
chains = [[steps.Step([sys.executable, "-c", script], **facts) for script, facts in chain] for chain in {chains!r}]
code = steps.run(chains, environment=os.environ, say=say, ending=ending)
say("ended by a signal" if ending.is_set() else "done")
raise SystemExit(code)
"""
# One write each: two steps share the pipe.
STAYS = "import os, time; os.write(1, b'pid %d\\n' % os.getpid()); time.sleep(60)"
IGNORES_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS
WAITS_FOR = "import pathlib, time\nwhile not pathlib.Path({path!r}).exists(): time.sleep(0.02)"

Scripts = Sequence[tuple[str, Mapping[str, Any]]]


@contextmanager
def preparing(*chains: Scripts) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HARNESS.format(chains=chains)]
    with subprocess.Popen(
        command, cwd=house.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


def rest(process: subprocess.Popen[str]) -> list[str]:
    """The lines up to its end."""
    return process.communicate(timeout=120)[0].splitlines()


def pids(process: subprocess.Popen[str], number: int) -> list[int]:
    """Of so many steps that have told theirs."""
    assert process.stdout is not None
    found = []
    for line in process.stdout:
        if line.startswith("pid "):
            found.append(int(line.split()[1]))
        if len(found) == number:
            break
    return found


def are_gone(found: list[int], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() and _is_alive(pid) for pid in found):
            return True
        time.sleep(0.05)
    return False


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_chains_go_on_beside_each_other_and_each_in_order(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    touches = "import pathlib; pathlib.Path({path!r}).touch()"
    one = [(touches.format(path=str(first)), {}), (WAITS_FOR.format(path=str(second)), {"says": "Waiting."})]
    other: Scripts = [(WAITS_FOR.format(path=str(first)), {}), (touches.format(path=str(second)), {})]

    with preparing(one, other) as process:
        lines = rest(process)

    assert (process.returncode, lines) == (0, ["demo: Waiting.", "done"])


def test_what_takes_long_says_so_and_what_is_there_already_does_not():
    quick = [("0", {"says": "Quick.", "unless_done_in": 60.0})]
    slow = [("import time; time.sleep(1)", {"says": "Slow.", "unless_done_in": 0.5})]

    with preparing(quick, slow) as process:
        assert rest(process) == ["demo: Slow.", "done"]


def test_a_step_that_fails_ends_the_others_with_its_code(tmp_path: Path):
    began = str(tmp_path / "began")
    stays = f"import pathlib; pathlib.Path({began!r}).touch(); {STAYS}"
    fails = WAITS_FOR.format(path=began) + "\nraise SystemExit(3)"

    with preparing([(stays, {})], [(fails, {})]) as process:
        started = time.monotonic()
        rest(process)

    assert process.returncode == 3
    # What stays does so for a minute.
    assert time.monotonic() - started < 50


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_every_step_without_a_word_of_where_it_was(number: int):
    with preparing([(STAYS, {})], [(IGNORES_TERM, {})]) as process:
        found = pids(process, 2)

        os.kill(process.pid, number)

        assert rest(process) == ["ended by a signal"]
    assert process.returncode == 0
    assert are_gone(found, within=20)


def test_no_step_survives_a_preparation_that_was_killed():
    with preparing([(STAYS, {})]) as process:
        found = pids(process, 1)

        process.kill()

        assert are_gone(found, within=30)


def has_begun(pid: int) -> None:
    """Waits for the first line of the demo: Python answers a signal itself while it starts, however long that takes."""
    was_python = False
    for _ in range(2_000):
        status = Path(f"/proc/{pid}/status").read_text()
        is_caught = int(status.partition("SigCgt:")[2].split()[0], 16) >> signal.SIGINT - 1 & 1
        if was_python and not is_caught:
            return
        was_python |= bool(is_caught)
        time.sleep(0.005)


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.6])
def test_ctrl_c_ends_the_demo_silently_also_before_it_has_begun(tmp_path: Path, seconds: float):
    variables = ("WORK_URL", "WORKFORCE_URL", "PERMITS_URL")
    free = {variable: f"http://127.0.0.1:{servers.free_port()}" for variable in variables}
    with subprocess.Popen(
        [sys.executable, "-m", "scheduler_site.demo"],
        cwd=house.ROOT,
        env=os.environ
        | {"DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite3"}
        | free
        | {"PORT": str(servers.free_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        has_begun(process.pid)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)

        said = rest(process)
    # Steps that were done before it came have told so.
    assert not [line for line in said if "Traceback" in line or "KeyboardInterrupt" in line]
    assert process.returncode in {0, -signal.SIGINT}
