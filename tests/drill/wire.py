"""As much HTTP as the bots need, for thousands of connections in one process: requests, and streams of events."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

Outcome = tuple[str, int, bool]
"""Kind of a request, status of its answer, and whether that says when to ask again."""
UNANSWERED = 0
"""Status of a request whose connection broke."""
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def text(self) -> str:
        raw = zlib.decompress(self.body, 47) if self.headers.get("content-encoding") == "gzip" else self.body
        return raw.decode()

    @property
    def is_patient(self) -> bool:
        """Whether it says that the request may be repeated, and when."""
        return self.status == 503 and self.retry_after is not None

    @property
    def retry_after(self) -> float | None:
        """Seconds; None where nothing is said of it."""
        said = self.headers.get("retry-after", "")
        return float(said) if said.isdecimal() else None


@dataclass(slots=True)
class Client:
    """A browser's jar for one site; each request has a connection of its own."""

    port: int
    cookies: dict[str, str]

    def head(self, method: str, path: str, more: Mapping[str, str]) -> bytes:
        """HTTP/1.0, so that the proxy sends bodies as they are, without chunks."""
        fields = {
            "Host": "127.0.0.1",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": "https://127.0.0.1",
            "Referer": "https://127.0.0.1/",
            **more,
        }
        lines = [f"{method} {path} HTTP/1.0", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    async def ask(self, method: str, path: str, form: Mapping[str, object] | None = None, **headers: str) -> Answer:
        """The answer; of status UNANSWERED when none came."""
        body = urlencode(form or {}, doseq=True).encode()
        more = {"Accept-Encoding": "gzip", "Content-Length": str(len(body)), **headers}
        if form is not None:
            more["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            async with asyncio.timeout(TIMEOUT):
                raw = await self._exchange(self.head(method, path, more) + body)
        except (OSError, TimeoutError):
            raw = b""
        head, found, rest = raw.partition(b"\r\n\r\n")
        if not found:
            return Answer(UNANSWERED, {})
        return Answer(*self._read(head), rest)

    async def _exchange(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await reader.read(-1)
        finally:
            writer.close()

    def _read(self, head: bytes) -> tuple[int, dict[str, str]]:
        status, headers = read_head(head)
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        return status, headers


def read_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers, by name in lower case."""
    first, *lines = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}


class EventStream(asyncio.Protocol):
    """One connection to a stream: hands each event on as it was written, with the time at which it came."""

    def __init__(self, request: bytes, hear: Callable[[bytes, float], None]) -> None:
        self._request, self._hear = request, hear
        self._rest = b""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.heard_at = time.time()
        self.transport: asyncio.Transport | None = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = self.heard_at = time.time()
        self._rest += data
        if self.status is None:
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return
            self.status, self.headers = read_head(head)
            self._rest = rest
        if self.status != 200:
            self.close()
            return
        *events, self._rest = self._rest.split(b"\n\n")
        for event in events:
            self._hear(event, now)

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def open_stream(
    client: Client, path: str, hear: Callable[[bytes, float], None], **headers: str
) -> EventStream | None:
    """The stream once its connection is there; None when it could not be made."""
    request = client.head("GET", path, {"Accept": "text/event-stream", **headers})
    try:
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: EventStream(request, hear), "127.0.0.1", client.port
        )
    except OSError:
        return None
    return stream
