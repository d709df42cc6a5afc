"""Three clients that integrations read our streams with, none of them ours: httpx-sse, curl, and npm's eventsource.

Each goes on after a cut from the last id that it was told, and ends when the server answers with anything but a stream.
"""

from __future__ import annotations

import abc
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx_sse

from tests import npm

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "tests" / "streams" / "npm"
READER = PACKAGES / "reader.mjs"
PATIENCE = 90
"""Seconds without a byte after which a client takes the stream for dead: more than two heartbeats."""


class Client(abc.ABC):
    """One reader of one stream; `status` and `refusal` are those of the server's last answer."""

    def __init__(self, address: str, secret: str, *, last: str = "") -> None:
        self.address = address
        self.secret = secret
        self.last = last
        self.retry = 0
        self.status = 0
        self.refusal = b""

    @contextlib.contextmanager
    def follow(self) -> Iterator[Iterator[httpx_sse.ServerSentEvent]]:
        """Events of the stream, over as many connections as that takes."""
        with contextlib.closing(self._events()) as told:
            yield told

    @abc.abstractmethod
    def _events(self) -> Generator[httpx_sse.ServerSentEvent, None, None]: ...

    @property
    def headers(self) -> dict[str, str]:
        said = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return said | ({"Last-Event-ID": self.last} if self.last else {})

    def _dealt_with(self, event: httpx_sse.ServerSentEvent) -> None:
        self.last = event.id or self.last
        self.retry = event.retry or self.retry


class HttpxSse(Client):
    def _events(self) -> Generator[httpx_sse.ServerSentEvent, None, None]:
        while self.status in (0, 200):
            with contextlib.suppress(httpx.TransportError), httpx.Client(timeout=PATIENCE) as client:
                yield from self._connection(client)
            time.sleep(self.retry / 1000)

    def _connection(self, client: httpx.Client) -> Iterator[httpx_sse.ServerSentEvent]:
        with httpx_sse.connect_sse(client, "GET", self.address, headers=self.headers) as source:
            self.status = source.response.status_code
            if self.status != 200:
                self.refusal = source.response.read()
                self.retry = 0
                return
            for event in source.iter_sse():
                self._dealt_with(event)
                yield event


class Curl(Client):
    def _events(self) -> Generator[httpx_sse.ServerSentEvent, None, None]:
        while self.status in (0, 200):
            headers = [part for name, value in self.headers.items() for part in ("--header", f"{name}: {value}")]
            status = ["--write-out", "%{stderr}%{http_code}"]
            command = ["curl", "--silent", "--no-buffer", *status, *headers, self.address]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as curl:
                try:
                    yield from self._connection(curl)
                finally:
                    curl.kill()

    def _connection(self, curl: subprocess.Popen[bytes]) -> Iterator[httpx_sse.ServerSentEvent]:
        said = bytearray()

        def arriving() -> Iterator[bytes]:
            while chunk := curl.stdout.read1():
                said.extend(chunk)
                yield chunk

        for event in parsed(arriving()):
            self._dealt_with(event)
            yield event
        self.status = int(curl.stderr.read())
        if self.status == 200:
            time.sleep(self.retry / 1000)
        else:
            self.refusal = bytes(said)


class Npm(Client):
    """It reconnects by itself. An EventSource cannot be told where to begin but by its address."""

    def _events(self) -> Generator[httpx_sse.ServerSentEvent, None, None]:
        address = str(httpx.URL(self.address).copy_merge_params({"cursor": self.last} if self.last else {}))
        own = {"READER_HEADERS": f"Authorization: Bearer {self.secret}" if self.secret else ""}
        command = ["node", str(READER), address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | own) as node:
            try:
                for line in map(json.loads, iter(node.stdout.readline, b"")):
                    if "event" in line:
                        yield httpx_sse.ServerSentEvent(line["event"], line["data"], line["id"])
                    elif line["state"] == "closed":
                        self.status = line["code"]
            finally:
                node.kill()


@contextlib.contextmanager
def many(address: str, count: int, headers: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """So many connections of npm's eventsource in one process: what each says, as reader.mjs describes it."""
    own = {"READER_HEADERS_FILE": str(headers)}
    command = ["node", str(READER), address, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | own) as node:
        try:
            yield map(json.loads, iter(node.stdout.readline, b""))
        finally:
            node.kill()


def parsed(chunks: Iterator[bytes]) -> Iterator[httpx_sse.ServerSentEvent]:
    """The events of a stream that came without HTTP around it."""
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=chunks)
    return httpx_sse.EventSource(response).iter_sse()


def install_packages() -> None:
    npm.install(PACKAGES)
