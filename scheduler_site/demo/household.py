"""Which processes the demo consists of, and the environment they share."""

from __future__ import annotations

import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import validate

from scheduler_site import environment
from scheduler_site.demo import ports
from scheduler_site.demo.supervisor import DemoProcess

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / "var" / "demo"
LOGINS = STATE / "logins.txt"
EVERYWHERE = {"", "0.0.0.0"}  # noqa: S104 - said by the person who starts the demo, never by default
SYSTEMS = {"work": ("WORK_URL", 8101), "workforce": ("WORKFORCE_URL", 8102), "permits": ("PERMITS_URL", 8103)}


@dataclass(frozen=True)
class Household:
    url: str
    addresses: list[ports.Address]
    processes: list[DemoProcess]
    environment: dict[str, str]
    pages: dict[str, str]
    """Environment of the web server alone."""


def read() -> Household:
    """The demo as the environment (or .env) asks for it; ImproperlyConfigured names what cannot be used."""
    environment.env.read_env(str(ROOT / ".env"), recurse=False)
    host: str = environment.read("str", "HOST", "127.0.0.1", remedy="Use an address of this machine.")
    port: int = environment.read(
        "int", "PORT", 8000, validate=validate.Range(1, 65535), remedy="Use a port between 1024 and 65535."
    )
    urls = {system: downstream_url(system) for system in SYSTEMS}
    addresses = [ports.Address(host, port, "PORT={port} make demo")]
    for system, url in urls.items():
        variable, parts = SYSTEMS[system][0], urlsplit(url)
        remedy = f"{variable}=http://{parts.hostname}:{{port}} make demo"
        addresses.append(ports.Address(str(parts.hostname), int(parts.port or 0), remedy))
    pages = as_in_production()
    return Household(
        # 0.0.0.0 is where to listen, not what to type into a browser.
        url=f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}",
        addresses=addresses,
        processes=[*simulators(urls), worker(), web(pages)],
        pages=pages,
        environment={
            "PYTHONUNBUFFERED": "1",
            "DEBUG": environment.read("str", "DEBUG", "1", remedy=""),
            "SECRET_KEY": environment.read("str", "SECRET_KEY", "", remedy="") or kept_secret(),
            "ALLOWED_HOSTS": environment.read("str", "ALLOWED_HOSTS", "", remedy="") or reachable_as(host),
            "HOST": host,
            "PORT": str(port),
            **{SYSTEMS[system][0]: url for system, url in urls.items()},
        },
    )


def downstream_url(system: str) -> str:
    """Where the simulated `system` listens, without a trailing slash."""
    variable, port = SYSTEMS[system]
    remedy = f"Use http://127.0.0.1:{port} or another port of this machine."
    url: str = environment.read("str", variable, f"http://127.0.0.1:{port}", remedy=remedy)
    try:
        parts = urlsplit(url)
        complete = parts.scheme == "http" and parts.hostname and parts.port and parts.path in {"", "/"}
    except ValueError:
        complete = False
    if not complete:
        raise ImproperlyConfigured(f"{variable} cannot be used: {url!r} is not http://host:port. {remedy}")
    return url.rstrip("/")


def reachable_as(host: str) -> str:
    """The names under which a browser may ask for the demo, on this machine or on the tablet beside it."""
    names = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
    return ",".join(names if host in EVERYWHERE else [*names, host])


def kept_secret() -> str:
    """One secret per checkout: a restarted demo keeps everybody logged in."""
    path = STATE / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def simulators(urls: dict[str, str]) -> list[DemoProcess]:
    def command(system: str, url: str) -> list[str]:
        options = ["--system", system, "--port", str(urlsplit(url).port), "--latency", "3", "--live"]
        return [sys.executable, "manage.py", "simulate_downstream", *options]

    return [DemoProcess(name=system, command=command(system, url)) for system, url in urls.items()]


def as_in_production() -> dict[str, str]:
    """People meet the pages of Lineup, also when something is not there or breaks; DEBUG=1 shows Django's instead."""
    if environment.read("str", "DEBUG", "", remedy=""):
        return {}
    return {"DEBUG": "0", "HTTPS": environment.read("str", "HTTPS", "0", remedy="")}


def worker() -> DemoProcess:
    return DemoProcess(name="worker", command=[sys.executable, "manage.py", "work"], ready="is ready")


def web(pages: dict[str, str]) -> DemoProcess:
    command = [sys.executable, "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py", "scheduler_site.wsgi"]
    return DemoProcess(name="web", command=command, is_site=True, environment=pages)
