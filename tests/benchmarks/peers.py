"""The servers that are measured, each one process on one core of its own, and how each is told to publish."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests import servers

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "var" / "bench"
SERVER_CORE, CLIENT_CORE = 0, 1
# 250 bytes of JSON, with the one mark that readers count.
TEXT = "~" + "x" * 237


class NotInstallable(RuntimeError):
    """The peer cannot be measured on this machine; the message says why."""


class Publisher(Protocol):
    def publish(self, count: int) -> int:
        """When `count` events were accepted as one burst: nanoseconds of the monotonic clock."""


@dataclass
class Running:
    """A server that answers; `requests` is the file of what its readers send."""

    port: int
    process: subprocess.Popen[bytes]
    publisher: Publisher
    requests: Path
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *(int(pid) for pid in children.split())]

    def cpu_seconds(self) -> float:
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes: the proportional set size of all its processes."""
        rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids]
        return sum(int(text.split("\nPss:")[1].split()[0]) for text in rollups) * 1024


class Posting:
    """Publishes over one kept connection: one POST per event sent ahead, or one POST with a list of all."""

    def __init__(self, port: int, path: str, *, listed: bool) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._path = path
        self._listed = listed

    def publish(self, count: int) -> int:
        bodies = [json.dumps([TEXT] * count)] if self._listed else [json.dumps({"text": TEXT})] * count
        head = f"POST {self._path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        self._socket.sendall("".join(f"{head}{len(body)}\r\n\r\n{body}" for body in bodies).encode())
        sent = time.monotonic_ns()
        answered = b""
        while answered.count(b"HTTP/1.1 20") < len(bodies):
            more = self._socket.recv(1 << 16)
            if not more:
                raise ConnectionError(answered[:200])
            answered += more
        return sent


class Committing:
    """Publishes by transactions of another process."""

    def __init__(self, environment: Mapping[str, str], requests: Path, count: int) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.publisher", str(requests), str(count)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=pinned(CLIENT_CORE),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
        self.queries = 0
        if self._line() != "ready\n":
            raise RuntimeError("The publisher did not start.")

    def publish(self, count: int) -> int:
        assert self.process.stdin
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        committed, queries = self._line().split()
        self.queries = int(queries)
        return int(committed)

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@contextlib.contextmanager
def lineup(count: int, database: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch, contextlib.ExitStack() as stack:
        url = f"sqlite:///{scratch}/bench.sqlite3"
        if database == "PostgreSQL":
            if servers.find_postgres() is None:
                raise NotInstallable("PostgreSQL is not installed (apt-get install postgresql)")
            with pinned_here(CLIENT_CORE):
                url = stack.enter_context(servers.postgres())
        port, requests = servers.free_port(), Path(scratch) / "requests"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.site",
            "DATABASE_URL": url,
            "DEBUG": "1",
            "REDIS_URL": "",
            "LOG_LEVEL": "WARNING",
            "PORT": str(port),
            "WEB_WORKERS": "1",
            "WEB_LOG_LEVEL": "warning",
        }
        publisher = Committing(environment, requests, count)
        stack.enter_context(ended(publisher.process))
        command = [sys.executable, "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py"]
        command += ["--worker-connections", "20000"]
        process = stack.enter_context(started(command, port, environment))
        yield Running(port, process, publisher, requests)


@contextlib.contextmanager
def asgi(count: int, module: str) -> Iterator[Running]:
    python = _environment_of_peers()
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch:
        port = servers.free_port()
        command = [str(python), "-m", "uvicorn", "--port", str(port), "--log-level", "warning", "--backlog", "4096"]
        environment = {**os.environ, "PEER_DATABASE": f"{scratch}/peer.sqlite3"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command += ["--app-dir", str(Path(__file__).parent), "--timeout-keep-alive", "600", f"{module}:app"]
        with started(command, port, environment) as process:
            events = "/events" if module == "starlette_peer" else "/events/"
            yield Running(port, process, Posting(port, "/", listed=True), requests_file(scratch, events))


@contextlib.contextmanager
def flask(count: int) -> Iterator[Running]:
    python = _environment_of_peers()
    with (
        tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch,
        pinned_here(CLIENT_CORE),
        servers.redis() as redis,
    ):
        port = servers.free_port()
        command = [str(python), "-m", "gunicorn", "--worker-class", "gevent", "--bind", f"127.0.0.1:{port}"]
        command += ["--worker-connections", "20000", "--log-level", "critical", "--keep-alive", "600"]
        command += ["--chdir", str(Path(__file__).parent), "flask_peer:app"]
        environment = {**os.environ, "PEER_REDIS": redis}
        with started(command, port, environment) as process:
            yield Running(port, process, Posting(port, "/", listed=True), requests_file(scratch, "/events"))


def requests_file(scratch: str, path: str) -> Path:
    file = Path(scratch) / "requests"
    file.write_text(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n\0")
    return file


def _environment_of_peers() -> Path:
    python = CACHE / "venv" / "bin" / "python"
    wanted = (ROOT / "requirements-bench.txt").read_text()
    stamp = CACHE / "venv" / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        CACHE.mkdir(parents=True, exist_ok=True)
        run([sys.executable, "-m", "venv", str(CACHE / "venv")], ROOT)
        run([str(python), "-m", "pip", "install", "--quiet", "-r", "requirements-bench.txt"], ROOT)
        stamp.write_text(wanted)
    return python


def run(command: list[str], place: Path) -> None:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstallable(f"{' '.join(command[:3])}: {done.stderr.strip()[-200:]}")


@contextlib.contextmanager
def started(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=servers.NO_TTY,
        preexec_fn=pinned(SERVER_CORE),  # noqa: PLW1509 - no threads here
    )  # fmt: skip
    with ended(process):
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command[0]} did not answer.")
        yield process


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pinned(core: int):
    """Prepare a child process: keep it to the core, and allow it as many open files as possible."""

    def pin() -> None:
        import resource

        os.sched_setaffinity(0, {core})
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    return pin


@contextlib.contextmanager
def pinned_here(core: int) -> Iterator[None]:
    """Children started meanwhile inherit the core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
