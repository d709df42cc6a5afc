from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parent.parent.parent
Started = subprocess.Popen[str]


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Starts the command as its own process; whatever still runs after the test is ended."""
    started: list[Started] = []

    def start(*options: str) -> Started:
        command = [sys.executable, "manage.py", "simulate_downstream", "--size", "small", "--data-dir", str(tmp_path)]
        environment = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/lineup.sqlite3"}
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def address(process: Started) -> str:
    """Where the system listens, from its first line."""
    assert process.stdout
    return process.stdout.readline().split(" at ")[1].split(": ")[0]


def ask(url: str, path: str = "/healthz", **options: Any) -> httpx.Response:
    return httpx.get(f"{url}{path}", trust_env=False, timeout=60, **options)


def end(process: Started, number: int = signal.SIGTERM) -> float:
    """Seconds until the process was gone."""
    began = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=60)
    return time.monotonic() - began


def threads_of(process: Started) -> int:
    """One more for each connection."""
    return len(list(Path(f"/proc/{process.pid}/task").iterdir()))


def is_gone(url: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            ask(url)
        except httpx.TransportError:
            return True
        time.sleep(0.05)
    return False


def test_serves_one_system_from_its_own_file(simulate, tmp_path):
    url = address(simulate("--system", "permits", "--port", "0"))

    assert ask(url).json() == {"status": "ok", "system": "PERMITS"}
    assert {path.name for path in tmp_path.glob("*.sqlite3")} == {"permits.sqlite3"}


def test_ends_at_once_even_in_the_middle_of_a_slow_answer(simulate):
    process = simulate("--system", "work", "--port", "0", "--latency", "300")
    url = address(process)
    before = threads_of(process)
    asking = threading.Thread(target=lambda: is_gone(f"{url}/api/orders?"))
    asking.start()
    while threads_of(process) == before:
        time.sleep(0.01)

    assert end(process) < 60
    assert process.returncode == 0
    asking.join()


def test_a_port_in_use_is_one_clear_line(simulate):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = simulate("--system", "work", "--port", str(port))
        out, err = process.communicate(timeout=30)

    assert process.returncode == 1
    assert out == ""
    assert err.strip().splitlines() == [
        f"CommandError: Port {port} is taken. End what listens there, or give another --port."
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fail-rate", "2"), "--fail-rate"),
        (("--latency", "-1"), "--latency"),
        (("--live", "--live-every", "0"), "--live-every"),
        (("--secret-env", "NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(tmp_path, options, said):
    with pytest.raises(CommandError) as refused:
        call_command("simulate_downstream", "--system", "work", "--port", "0", "--data-dir", str(tmp_path), *options)

    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_three_run_in_processes_that_end_with_the_first(simulate, tmp_path, number):
    process = simulate("--port", "0")
    urls = {address(process) for _ in range(3)}
    assert {ask(url).json()["system"] for url in urls} == {"WORK", "WORKFORCE", "PERMITS"}
    assert {path.stem for path in tmp_path.glob("*.sqlite3")} == {"work", "workforce", "permits"}

    end(process, number)

    assert all(is_gone(url) for url in urls)


def test_the_world_goes_on_and_is_kept_until_the_next_start(simulate):
    process = simulate("--system", "work", "--port", "0", "--live", "--live-every", "0.05", "-v", "2")
    address(process)
    assert process.stdout
    told = process.stdout.readline()
    end(process)

    url = address(simulate("--system", "work", "--port", "0"))

    assert told.startswith("work: ")
    assert ask(url, "/api/orders?since=1").json()["items"]
