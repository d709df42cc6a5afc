"""Real servers for the tests: Debian's PostgreSQL and Redis, private, empty, unsafe in favour of speed, and ended."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

NO_TTY = subprocess.DEVNULL


def find_postgres() -> Path | None:
    """The directory of initdb and postgres; Debian keeps them off the PATH, one directory per version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def find_chromium() -> str | None:
    # The first is the same browser without windows: a page costs it half as much.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def find_window_browser() -> str | None:
    """Chromium with windows: only there can a tab be hidden, frozen, or kept for the way back."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def missing_packages() -> list[str]:
    """Debian's names of what is not there."""
    return [package for package, is_there in _PRESENT.items() if not is_there()]


def _on_path(*names: str) -> Callable[[], bool]:
    # Servers lie in sbin, which not every account has on its path.
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return lambda: any(shutil.which(name, path=places) for name in names)


_PRESENT: dict[str, Callable[[], bool]] = {
    "chromium": lambda: find_window_browser() is not None,
    "chromium-headless-shell": lambda: find_chromium() is not None,
    "curl": _on_path("curl"),
    "nginx": _on_path("nginx"),
    "nodejs": _on_path("node", "nodejs"),
    "npm": _on_path("npm"),
    "postgresql": lambda: find_postgres() is not None,
    "pushpin": _on_path("pushpin"),
    "redis-server": _on_path("redis-server"),
    "zurl": _on_path("zurl"),
}


def need(*packages: str) -> None:
    """Skips the test where one of Debian's packages is missing; fails it in CI, where nothing may be left out."""
    if missing := [package for package in packages if not _PRESENT[package]()]:
        sentence = f"sudo apt-get install {' '.join(missing)}"
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            pytest.fail(sentence)
        pytest.skip(sentence)


def install_missing() -> list[str]:
    """Packages still missing after apt-get was asked for them, where that needs no password."""
    missing = missing_packages()
    if not missing or not shutil.which("apt-get"):
        return missing
    prefix = _root_prefix()
    if prefix is None:
        return missing
    print(f"Installing {', '.join(missing)}.", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *missing]):
        # Without update on an old list the packages are not found; its failure shows in the next step.
        done = subprocess.run(
            [*prefix, "apt-get", *command], env=quiet, stdin=NO_TTY, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout[-1000:], done.stderr[-2000:], file=sys.stderr)
    return missing_packages()


def _root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        return ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"]
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": 200,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class Postgres:
    """A cluster of its own in `scratch`, which can be taken away and given back."""

    # Of a shutdown: "fast" ends the connections, "immediate" ends like a crash.
    SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}

    def __init__(self, scratch: str, **options: str) -> None:
        binaries = find_postgres()
        if binaries is None:
            raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql.")
        self.binaries, self.scratch, self.port = binaries, scratch, free_port()
        self.identity = _not_root(scratch)
        self.options = POSTGRES_OPTIONS | {"port": self.port, "unix_socket_directories": scratch} | options
        trust = ["-U", "lineup", "--auth=trust"]
        initdb = [f"{binaries}/initdb", "-D", f"{scratch}/data", *trust, "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=scratch, **self.identity)

    @property
    def url(self) -> str:
        return f"postgres://lineup@127.0.0.1:{self.port}/lineup"

    def start(self) -> None:
        settings = [part for name, value in self.options.items() for part in ("-c", f"{name}={value}")]
        command = [f"{self.binaries}/postgres", "-D", f"{self.scratch}/data", *settings]
        with (Path(self.scratch) / "log").open("a") as log:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command, cwd=self.scratch, stdin=NO_TTY, stdout=log, stderr=log, **self.identity
            )
        ready = self.command("psql", "-d", "postgres", "-c", "SELECT 1")
        _until_answers("PostgreSQL", self.process, lambda: _succeeds(ready))

    def stop(self, mode: str = "fast") -> None:
        self.process.send_signal(self.SIGNALS[mode])
        self.process.wait(timeout=30)

    def command(self, program: str, *arguments: str) -> list[str]:
        """One of PostgreSQL's programs, aimed at this cluster."""
        return [f"{self.binaries}/{program}", "-h", "127.0.0.1", "-p", str(self.port), "-U", "lineup", *arguments]

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(self.command(program, *arguments), check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout


@contextlib.contextmanager
def postgres_server(**options: str) -> Iterator[Postgres]:
    """A new cluster that nobody else uses, with an empty database."""
    with tempfile.TemporaryDirectory(prefix="lineup-postgres-", ignore_cleanup_errors=True) as scratch:
        server = Postgres(scratch, **options)
        try:
            server.start()
            server.run("createdb", "lineup")
            yield server
        finally:
            _end(server.process)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The DATABASE_URL of a new cluster that nobody else uses."""
    with postgres_server() as server:
        yield server.url


class Redis:
    """A server of its own without persistence, which can be taken away and given back."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            ["redis-server", *options], cwd=tempfile.gettempdir(), stdin=NO_TTY, stdout=subprocess.DEVNULL
        )
        _until_answers("Redis", self.process, lambda: _listens(self.port))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=60)


@contextlib.contextmanager
def redis_server() -> Iterator[Redis]:
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        # A stopped process would not hear of its end.
        server.process.send_signal(signal.SIGCONT)
        _end(server.process)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The REDIS_URL of a new server without persistence."""
    with redis_server() as server:
        yield server.url


def _not_root(scratch: str) -> dict[str, Any]:
    """Popen's options for an account that PostgreSQL is willing to run as, which then owns `scratch`."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            os.chown(scratch, account.pw_uid, account.pw_gid)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL cannot run as root, and this machine has neither a postgres nor a nobody account.")


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until_answers(name: str, server: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.1)
    raise RuntimeError(f"{name} did not start.")


def _end(server: subprocess.Popen[bytes]) -> None:
    # PostgreSQL's fast shutdown is SIGINT; it and Redis both end at once on it.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
