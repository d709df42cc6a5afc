"""A real HTTP server whose answers each test scripts: no transport is faked."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import BaseModel


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    silent: bool = False
    """Waits until the system ends: whoever does not leave before that waits for nothing."""
    raw: bytes | None = None
    drip: int = 0
    """Sends this many single bytes, a tenth of a second apart."""
    cut: bool = False
    """Closes the connection without an answer."""


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes = b""


Script = Callable[[Asked], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Several workers connect at once.
    request_queue_size = 128


class ScriptedSystem:
    """Answers from a queue, or by `respond` once the queue is empty; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: deque[Answer] = deque()
        self.respond: Script = lambda asked: page()
        self._over = threading.Event()
        system = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                system.handle(self)

            do_GET = do_POST = _handle  # noqa: N815 - named by http.server

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ScriptedSystem:
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        length = int(request.headers.get("Content-Length") or 0)
        raw = request.rfile.read(length)
        asked = Asked(
            method=request.command,
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in request.headers.items()},
            body=_json(raw),
            raw=raw,
        )
        self.asked.append(asked)
        self._send(request, self.answers.popleft() if self.answers else self.respond(asked))

    def _send(self, request: BaseHTTPRequestHandler, answer: Answer) -> None:
        time.sleep(answer.delay)
        if answer.silent:
            self._over.wait()
            request.close_connection = True
            return
        if answer.cut:
            request.close_connection = True
            return
        body = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
        try:
            request.send_response(answer.status)
            for name, value in answer.headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(answer.drip or len(body)))
            request.end_headers()
            for _ in range(answer.drip):
                request.wfile.write(b" ")
                request.wfile.flush()
                time.sleep(0.1)
            if not answer.drip:
                request.wfile.write(body)
        except OSError:
            """The client gave up: that is what the test is about."""


def _json(raw: bytes) -> Any:
    """The body where it is JSON."""
    try:
        return json.loads(raw)
    except ValueError:
        return None


def page(*items: Any, version: int = 1, next: int | None = None) -> Answer:  # noqa: A002 - the contract's word
    """One page in the form that the contract asks for."""
    plain = [item.model_dump(mode="json") if isinstance(item, BaseModel) else item for item in items]
    return Answer(body={"items": plain, "next": next, "version": version})


def acknowledged(reference: str = "B-1", *, replayed: bool = False) -> Answer:
    return Answer(200 if replayed else 201, {"reference": reference, "replayed": replayed})


@pytest.fixture
def system() -> Iterator[ScriptedSystem]:
    with ScriptedSystem() as scripted:
        yield scripted
