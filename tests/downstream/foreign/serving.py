"""Systems of other people's making, each a server in a process of its own that a test may ask what it was told."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

CONTROL = "/control"


class ForeignHandler(BaseHTTPRequestHandler):
    """`state` is all that the system has; a test reads it and writes into it."""

    state: dict[str, Any]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == CONTROL:
            self.reply(200, self.state)
            return
        self.state.setdefault("asked", []).append(self.path)
        self.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == CONTROL:
            self.state.update(json.loads(body))
            self.reply(200, {})
        else:
            self.change(urlsplit(self.path).path, body)

    do_PATCH = do_PUT = do_DELETE = do_POST  # noqa: N815 - named by http.server

    def get(self, path: str, query: dict[str, str]) -> None:
        raise NotImplementedError

    def change(self, path: str, body: bytes) -> None:
        raise NotImplementedError

    def reply(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def serve(handler: type[ForeignHandler]) -> None:
    """Serves until the process is ended; over TLS where FOREIGN_CERTIFICATE names one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server, scheme = _Server(("127.0.0.1", 0), handler), "http"
    if certificate := os.environ.get("FOREIGN_CERTIFICATE"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket, scheme = context.wrap_socket(server.socket, server_side=True), "https"
    print(f"{scheme}://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


@dataclass
class ForeignSystem:
    """A running one."""

    url: str
    verify: Any = True

    @property
    def state(self) -> dict[str, Any]:
        return httpx.get(self.url + CONTROL, trust_env=False, timeout=60, verify=self.verify).json()

    def set(self, **state: Any) -> None:
        # In ASCII alone: halves of characters are what some systems send.
        httpx.post(
            self.url + CONTROL, content=json.dumps(state).encode(), trust_env=False, timeout=60, verify=self.verify
        )


@contextmanager
def running(module: str, verify: Any = True, **environment: str) -> Iterator[ForeignSystem]:
    """The system of `tests.downstream.foreign.<module>`, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.downstream.foreign.{module}"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield ForeignSystem(process.stdout.readline().strip(), verify)
    finally:
        process.kill()
        process.communicate()
