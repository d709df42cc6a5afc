"""One simulated system as an HTTP server: a thread per connection, so that everybody's latency passes side by side."""

from __future__ import annotations

import errno
import ipaddress
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from assignments.demo.systems.routes import Request, SimulatedRoutes, problem

HOST = "127.0.0.1"
LARGEST_BODY = 1_000_000
"""Bytes."""


class PortTaken(Exception):
    """Something else listens on the port."""


class SimulatedServer(ThreadingHTTPServer):
    daemon_threads = True
    # A request under way must not keep the process from ending.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, routes: SimulatedRoutes) -> None:
        """Listens at once; raises PortTaken."""
        self.routes = routes
        try:
            super().__init__((HOST, port), Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(f"Port {port} is taken.") from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in mid-answer is its own affair."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Lineup-simulator"
    # Headers and body leave as one packet; two would wait for each other (Nagle and delayed acknowledgement).
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the base class looks for these names

    def _answer(self) -> None:
        routes = cast("SimulatedServer", self.server).routes
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Bodies have at most {LARGEST_BODY} bytes.")
        else:
            request = Request(
                method=self.command,
                target=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(length)),
                is_local=ipaddress.ip_address(self.client_address[0]).is_loopback,
            )
            answer = routes.answer(request)
        if answer.is_lost:
            self.close_connection = True
            return
        body = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        kind = "application/json" if answer.status < 400 else "application/problem+json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Silent: three systems beside a worker would drown the terminal."""
