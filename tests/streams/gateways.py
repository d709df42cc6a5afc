"""Gateways between browsers and Lineup: Debian's nginx, and one that lets no connection grow old."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import servers
from tests.browser.stage import until

ROOT = Path(__file__).resolve().parents[2]
CUTS_AFTER = 30
"""Seconds."""

NGINX = """
{user}
pid {home}/nginx.pid;
error_log {home}/errors;
worker_rlimit_nofile 20000;
events {{ worker_connections 8000; }}
http {{
    log_format lines escape=json '{{"request":"$request_method $request_uri","status":"$status"}}';
    access_log {home}/requests lines;
    {temporary}
    {http}
    include {home}/lineup.conf;
}}
"""


@dataclass
class Gateway:
    """A running one; what went through it is known when it has ended."""

    port: int
    log: Path
    pid: int = 0
    requests: list[str] = field(default_factory=list)
    """Method and path of each, in the order of their beginning (nginx: of their end)."""

    cuts: list[str] = field(default_factory=list)
    """The last request of each connection that was cut."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def read_log(self) -> None:
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.requests = [line["request"] for line in lines if "request" in line]
        self.cuts = [line["cut"] for line in lines if "cut" in line]


def shipped(port: int, behind: Sequence[int], location: str = "") -> str:
    """deploy/nginx.conf for web servers of this machine, without TLS; `location` takes the place of its own."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    ports = iter(behind)

    def host(line: re.Match[str]) -> str:
        ours = next(ports, None)
        return f"{line[1]}127.0.0.1:{ours}{line[2]}" if ours else ""

    text = re.sub(r"^( *server )10\.0\.0\.\d+:8000(.*\n)", host, text, flags=re.MULTILINE)
    assert next(ports, None) is None, "more hosts than the file has lines"
    text = re.sub(r"^ *(ssl_certificate|server_name).*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    return (
        re.sub(r"^ *location / \{.*?^    \}\n", f"{location}\n", text, flags=re.MULTILINE | re.DOTALL)
        if location
        else text
    )


@contextlib.contextmanager
def nginx(home: Path, *behind: int, location: str = "", http: str = "") -> Iterator[Gateway]:
    """The shipped one, or with a `location` of its own, before the web servers at these ports."""
    servers.need("nginx")
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    port = servers.free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text = NGINX.format(
        # Else its worker gives up its rights, and with them the way into this folder.
        user="user root;" if os.geteuid() == 0 else "",
        home=home,
        temporary="\n    ".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds),
        http=http,
    )
    (home / "nginx.conf").write_text(text)
    (home / "lineup.conf").write_text(shipped(port, behind, location))
    command = [str(program), "-p", str(home), "-c", "nginx.conf", "-g", "daemon off;"]
    with _running(command, Gateway(port, home / "requests")) as gateway:
        yield gateway


@contextlib.contextmanager
def cutter(home: Path, behind: int, *, after: float = CUTS_AFTER) -> Iterator[Gateway]:
    """Every connection through it ends `after` seconds after it was opened."""
    gateway = Gateway(servers.free_port(), home / "requests")
    script = str(Path(__file__).with_name("cutter.py"))
    command = [sys.executable, script, str(gateway.port), str(behind), str(after), str(gateway.log)]
    with _running(command, gateway):
        yield gateway


@contextlib.contextmanager
def _running(command: Sequence[str], gateway: Gateway) -> Iterator[Gateway]:
    home = gateway.log.parent
    with (home / "said").open("w") as said, _ended(subprocess.Popen(command, stdout=said, stderr=said)) as process:
        until(lambda: process.poll() is not None or _answers(gateway.port), "The gateway answers")
        assert process.poll() is None, (home / "said").read_text()
        gateway.pid = process.pid
        yield gateway
    gateway.read_log()


@contextlib.contextmanager
def _ended(process: subprocess.Popen[Any]) -> Iterator[subprocess.Popen[Any]]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
