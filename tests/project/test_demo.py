"""The supervisor of `make demo`, with trivial processes in the place of Lineup's own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler_site.demo import household, ports
from tests import servers
from tests.project import house

# A process that says its number and stays; `{extra}` makes it stubborn, or a parent.
STAYS = "import os, signal, subprocess, sys, time; {extra}; print('pid', os.getpid(), flush=True); time.sleep(60)"
IGNORES_TERM = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
SLEEPS = "import time; time.sleep(60)"
HAS_A_CHILD = f"child = subprocess.Popen([sys.executable, '-c', '{SLEEPS}']); print('pid', child.pid, flush=True)"

HARNESS = """
import os, sys
from scheduler_site.demo.supervisor import DemoProcess, Supervisor
say = lambda line: print(line, flush=True)
processes = [
    DemoProcess(
        name=name,
        command=[sys.executable, "-c", script],
        is_site=name == "web",
        ready={ready!r} if name == "work" else "",
        environment={{"ROLE": name}},
    )
    for name, script in {scripts!r}
]
keeper = Supervisor(processes, environment=os.environ, say=say)
raise SystemExit(keeper.run(answers=lambda: {answers!r}, announce=lambda: say("READY")))
"""


class Demo:
    """A supervisor in a process of its own, whose lines are read as they come."""

    def __init__(self, scripts: list[tuple[str, str]], *, answers: bool = True, ready: str = "") -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", HARNESS.format(scripts=scripts, answers=answers, ready=ready)],
            cwd=house.ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def read_until(self, *wanted: str) -> str:
        """The line in which the last of `wanted` came; they may come in any order."""
        missing = list(wanted)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            missing = [text for text in missing if text not in line]
            if not missing:
                return line.rstrip()
        raise AssertionError(f"{missing} never came:\n" + "\n".join(self.lines))

    def pids(self) -> list[int]:
        return [int(line.split()[-1]) for line in self.lines if " | pid " in line]

    def end(self, number: int) -> float:
        """Seconds from the signal to the end of the supervisor."""
        started = time.monotonic()
        os.kill(self.process.pid, number)
        self.process.wait(timeout=60)
        return time.monotonic() - started


@pytest.fixture
def demo() -> Iterator[type[Demo]]:
    started: list[Demo] = []

    class Kept(Demo):
        def __init__(self, scripts: list[tuple[str, str]], *, answers: bool = True, ready: str = "") -> None:
            super().__init__(scripts, answers=answers, ready=ready)
            started.append(self)

    yield Kept
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(timeout=60)
        assert one.process.stdout is not None
        one.process.stdout.close()


def are_gone(pids: list[int], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process whose parent died waits for init to take note of its end; it is over all the same.
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


class TestEnding:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_one_signal_ends_every_process(self, demo: type[Demo], number: int):
        running = demo([("work", STAYS.format(extra="0")), ("web", STAYS.format(extra=HAS_A_CHILD))])
        running.read_until("work | pid", "web  | pid", "READY")

        took = running.end(number)

        assert running.process.returncode == 0
        assert took < 30
        assert len(running.pids()) >= 2
        assert are_gone(running.pids(), within=20)

    def test_a_process_that_ignores_term_is_made_to_end(self, demo: type[Demo]):
        running = demo([("work", STAYS.format(extra=IGNORES_TERM)), ("web", STAYS.format(extra="0"))])
        running.read_until("work | pid", "web  | pid")

        took = running.end(signal.SIGINT)

        assert took < 30
        assert are_gone(running.pids(), within=20)

    def test_nothing_survives_a_supervisor_that_was_killed(self, demo: type[Demo]):
        scripts = [("work", STAYS.format(extra=IGNORES_TERM)), ("web", STAYS.format(extra=HAS_A_CHILD))]
        running = demo(scripts)
        running.read_until("work | pid", "web  | pid", "READY")

        running.end(signal.SIGKILL)

        assert are_gone(running.pids(), within=30)


class TestDying:
    def test_a_process_that_dies_is_started_again_with_a_line(self, demo: type[Demo]):
        running = demo([("work", STAYS.format(extra="0")), ("web", STAYS.format(extra="0"))])
        running.read_until("work | pid", "READY")
        victim = next(int(line.split()[-1]) for line in running.lines if line.startswith("work | pid"))

        os.kill(victim, signal.SIGKILL)

        running.read_until("demo: work was killed by signal 9; starting it again in 1 s.")
        again = running.read_until("work | pid")
        assert int(again.split()[-1]) != victim

    def test_the_site_that_dies_before_it_answers_ends_the_demo(self, demo: type[Demo]):
        running = demo([("work", STAYS.format(extra="0")), ("web", "raise SystemExit(3)")], answers=False)

        running.read_until("demo: web ended with code 3 before it answered")

        assert running.process.wait(timeout=60) == 1
        assert are_gone(running.pids(), within=20)


class TestBeingReady:
    def test_it_is_announced_once_the_worker_can_work_too(self, demo: type[Demo]):
        slow = STAYS.format(extra="time.sleep(1); print('worker is ready', flush=True)")
        running = demo([("web", STAYS.format(extra="0")), ("work", slow)], ready="is ready")

        running.read_until("READY")

        assert "work | worker is ready" in running.lines

    def test_the_worker_says_so_by_the_line_that_is_waited_for(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("SECRET_KEY", "x" * 50)

        [ready] = [process.ready for process in household.read().processes if process.name == "worker"]

        assert ready
        assert ready in (house.ROOT / "assignments/tasks/worker.py").read_text()


class TestEnvironments:
    def test_each_process_has_its_own_beside_the_shared_one(self, demo: type[Demo]):
        tells = STAYS.format(extra="print('role', os.environ['ROLE'], 'PATH' in os.environ)")
        running = demo([("work", tells), ("web", tells)])

        running.read_until("work | role work True", "web  | role web True")

    @pytest.mark.parametrize(("asked", "pages"), [(None, {"DEBUG": "0", "HTTPS": "0"}), ("1", {})])
    def test_people_meet_the_pages_of_production_unless_somebody_debugs(
        self, monkeypatch: pytest.MonkeyPatch, asked: str | None, pages: dict[str, str]
    ):
        monkeypatch.delenv("DEBUG")
        monkeypatch.setenv("SECRET_KEY", "x" * 50)
        if asked:
            monkeypatch.setenv("DEBUG", asked)

        web = household.read().processes[-1]

        assert (web.name, web.environment) == ("web", pages)


class TestPorts:
    def test_a_port_in_use_is_one_line_with_the_variable_to_change(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen(1)
            port = other.getsockname()[1]

            done = start_demo({"PORT": str(port)})

        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(f"demo: Port {port} is in use. Try: PORT=")
        assert done.stderr.endswith(" make demo\n")

    def test_a_downstream_port_in_use_names_its_own_variable(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen(1)
            url = f"http://127.0.0.1:{other.getsockname()[1]}"

            done = start_demo({"PORT": str(servers.free_port()), "PERMITS_URL": url})

        assert done.returncode == 2
        assert "Try: PERMITS_URL=http://127.0.0.1:" in done.stderr

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("DATABASE_URL", "sqlite:///:memory:"),
            ("PORT", "http"),
            ("PORT", "70000"),
            ("WORK_URL", "127.0.0.1:8101"),
            ("WORK_URL", "x:y"),
        ],
    )
    def test_nonsense_is_refused_by_name(self, variable: str, value: str):
        done = start_demo({"PORT": str(servers.free_port())} | {variable: value})

        assert done.returncode == 2
        assert done.stderr.startswith(f"demo: {variable} cannot be used")

    def test_the_same_port_twice_is_refused(self):
        port = servers.free_port()
        addresses = [
            ports.Address("127.0.0.1", port, "PORT={port}"),
            ports.Address("127.0.0.1", port, "WORK_URL={port}"),
        ]

        with pytest.raises(ports.PortUnavailable, match=rf"Port {port} is named twice. Try: WORK_URL="):
            ports.claimable(addresses)


def start_demo(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`make demo` where it must stop before it starts anything."""
    free = {
        variable: f"http://127.0.0.1:{servers.free_port()}" for variable in ("WORK_URL", "WORKFORCE_URL", "PERMITS_URL")
    }
    return subprocess.run(
        [sys.executable, "-m", "scheduler_site.demo"],
        cwd=house.ROOT,
        env={"PATH": os.environ["PATH"]} | free | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
