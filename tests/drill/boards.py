"""An open page as its scripts act: it opens, follows its stream, and asks for nothing that it would not ask for.

What it does is in static/js/streams (connecting, coming back, silence), static/js/parts/live-page.js (news of the
page), board.js (a sequence with rows that it has not) and run-panel.js (the run's own stream).
"""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from tests.drill import wire

_BODY = re.compile(r'data-(stream-url|stream-cursor|live|day|district)="([^"]*)"')
_ROW = re.compile(r'data-order-id="(\d+)"')
_RUN = re.compile(r'data-run="([0-9a-f-]+)"[^>]*data-under-way="1"')
_NAME = re.compile(rb"^event: (.*)$", re.MULTILINE)
_ID = re.compile(rb"^id: (\S+)$", re.MULTILINE)
_RETRY = re.compile(rb"^retry: (\d+)$", re.MULTILINE)
_THROUGH = re.compile(rb'"through":"([^"]+)"')
_SEQUENCE = re.compile(rb'"sequence":(\[[^\]]*\])')
_UNDER_WAY = re.compile(rb'"run":"([0-9a-f-]+)".*data-under-way=\\"1\\"')
CONTROL = {"hello", "beat", "reset", "bye", "done"}
LONGEST_PAUSE = 60.0
STOPS = {204, 401, 403}


@dataclass(slots=True)
class Stretch:
    """Events that a page was told between two openings."""

    begins: int
    """Position of the cursor that it was opened with."""
    positions: array[int] = field(default_factory=lambda: array("q"))
    arrivals: array[float] = field(default_factory=lambda: array("d"))
    through: array[int] = field(default_factory=lambda: array("q"))
    """Positions up to which news of the page said that they were true."""
    shown: array[float] = field(default_factory=lambda: array("d"))
    """When these came."""


@dataclass(slots=True)
class Record:
    """Record of one open page."""

    channels: tuple[str, ...]
    stretches: list[Stretch] = field(default_factory=list)
    disordered: int = 0
    doubled: int = 0
    connections: int = 0
    resets: int = 0
    asks: Counter[str] = field(default_factory=Counter)
    """Requests by their reason; `open` is the first."""
    answers: Counter[wire.Outcome] = field(default_factory=Counter)
    refused: array[float] = field(default_factory=lambda: array("d"))
    """Times of the answers of 503 with Retry-After."""
    stopped: str = ""


def position_of(cursor: str) -> int:
    return int(cursor.rpartition(".")[2], 16)


class Board:
    """One tab of a browser of its own."""

    def __init__(
        self, client: wire.Client, path: str, channels: tuple[str, ...], over: asyncio.Event, door: asyncio.Semaphore
    ) -> None:
        """`door` lets in so many at once who open their page for the first time."""
        self.client, self.path, self.over, self._door = client, path, over, door
        self.record = Record(channels)
        self._stretch = Stretch(0)
        self._last = self._since = self._live = self._url = ""
        self._rows: set[str] = set()
        self._district = self._day = ""
        self._in_connection = 0
        self._retry = 3.0
        self._heartbeat: float | None = None
        self._opens_again = asyncio.Event()
        self._stream: wire.EventStream | None = None
        self._runs: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_live = asyncio.Event()

    async def stay(self) -> None:
        """Opens the page and keeps it open until the drill is over."""
        reason = "open"
        while not self.record.stretches and not self.over.is_set():
            async with self._door:
                if not await self._open(reason):
                    await asyncio.sleep(random.uniform(1, 3))
        reason = await self._follow()
        while not self.over.is_set():
            if not await self._open(reason):
                await asyncio.sleep(random.uniform(1, 3))
                continue
            reason = await self._follow()
        for task in self._tasks:
            task.cancel()

    async def _open(self, reason: str) -> bool:
        self.record.asks[reason] += 1
        answer = await self.client.ask("GET", self.path, Accept="text/html,*/*")
        self._note("page", answer)
        if answer.status != 200:
            return False
        page = answer.text
        said = {name: html.unescape(value) for name, value in reversed(_BODY.findall(page))}
        self._url, self._last, self._live = said["stream-url"], said["stream-cursor"], said.get("live", "")
        self._since, self._day, self._district = self._last, said.get("day", ""), said.get("district", "")
        self._rows = set(_ROW.findall(page))
        self._stretch = Stretch(position_of(self._last))
        self.record.stretches.append(self._stretch)
        if found := _RUN.search(page):
            self._follow_run(found[1])
        return True

    async def _follow(self) -> str:
        """Until the page must be opened again; why."""
        failures = 0
        address = self._address()
        self._opens_again.clear()
        while not self.over.is_set() and not self._opens_again.is_set():
            status, retry_after = await self._connect(address)
            if status == 200:
                # The browser's own EventSource: the same address, and the last id beside it.
                failures = 0
                await asyncio.sleep(0 if self._opens_again.is_set() else self._retry)
                continue
            if status in STOPS:
                self.record.stopped = f"stream answered {status}"
                await self.over.wait()
                break
            if status == wire.UNANSWERED:
                await asyncio.sleep(self._retry)
                continue
            await asyncio.sleep(min(LONGEST_PAUSE, retry_after) + random.random() * min(LONGEST_PAUSE, 2**failures))
            failures += 1
            address = self._address()
        return "reset"

    def _address(self) -> str:
        named = [("cursor", self._last), ("beats", "1")]
        if self._live:
            named.append(("page", f"{self._since}~{self._live}"))
        return f"{self._url}{'&' if '?' in self._url else '?'}{urlencode(named, quote_via=quote)}"

    async def _connect(self, address: str) -> tuple[int, float]:
        """Status of the stream, after its end, and the seconds that it asked to wait."""
        self.record.connections += 1
        self._in_connection = 0
        self._heartbeat = None
        resumed = {"Last-Event-ID": self._last} if self._last else {}
        stream = self._stream = await wire.open_stream(self.client, address, self._hear, **resumed)
        if stream is None:
            self._note("stream", wire.Answer(wire.UNANSWERED, {}))
            return wire.UNANSWERED, 0
        await stream.ended
        self.is_live.clear()
        answer = wire.Answer(stream.status or wire.UNANSWERED, stream.headers)
        self._note("stream", answer)
        return answer.status, answer.retry_after or 0

    def look(self, now: float) -> None:
        """Ends a connection over which two heartbeats have not come."""
        stream = self._stream
        if stream is not None and self._heartbeat and now - stream.heard_at > 2 * self._heartbeat:
            self.record.asks["silence"] += 1
            stream.close()

    def leave(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _note(self, kind: str, answer: wire.Answer) -> None:
        self.record.answers[kind, answer.status, answer.is_patient] += 1
        if answer.is_patient:
            self.record.refused.append(time.time())

    def _hear(self, event: bytes, now: float) -> None:
        named = _NAME.search(event)
        if named is None:
            return
        name = named[1].decode()
        if name == "page.changed":
            self._hear_news(event, now)
        elif name == "beat":
            self._heartbeat = self._heartbeat or 15.0
        elif name in CONTROL:
            self._hear_control(name, event)
        elif cursor := _ID.search(event):
            self._hear_event(name, cursor[1].decode(), event, now)

    def _hear_control(self, name: str, event: bytes) -> None:
        if name == "hello":
            self.is_live.set()
            if retry := _RETRY.search(event):
                self._retry = int(retry[1]) / 1000
        elif name == "reset":
            self.record.resets += 1
            self._opens_again.set()
            self.leave()
        if (cursor := _ID.search(event)) and (name == "reset" or cursor[1].decode() > self._last):
            self._last = cursor[1].decode()

    def _hear_event(self, name: str, cursor: str, event: bytes, now: float) -> None:
        position = position_of(cursor)
        self.record.doubled += position == self._in_connection
        self.record.disordered += position < self._in_connection
        self._in_connection = position
        if cursor <= self._last:
            return
        self._last = cursor
        self._stretch.positions.append(position)
        self._stretch.arrivals.append(now)
        if name == "run.changed" and (found := _UNDER_WAY.search(event)):
            is_ours = f'"district":{self._district},' in event.decode() and f'"day":"{self._day}"' in event.decode()
            if is_ours and "board" in self.path:
                self._follow_run(found[1].decode())

    def _hear_news(self, event: bytes, now: float) -> None:
        if found := _THROUGH.search(event):
            self._since = found[1].decode()
            self._stretch.through.append(position_of(self._since))
            self._stretch.shown.append(now)
        if b'"ask":true' in event:
            self._task(self._ask("ask"))
        if "board" in self.path and (told := _SEQUENCE.search(event)):
            sequence = json.loads(told[1])
            missing = [key for key in sequence if key not in self._rows and b'"%s":"' % key.encode() not in event]
            self._rows = set(sequence)
            if missing:
                self._task(self._ask("rows"))

    async def _ask(self, reason: str) -> None:
        self.record.asks[reason] += 1
        self._note("page", await self.client.ask("GET", self.path, Accept="text/html,*/*"))

    def _follow_run(self, run: str) -> None:
        if run not in self._runs:
            self._runs.add(run)
            self._task(self._run(f"/runs/{run}/events/?{urlencode({'cursor': self._last, 'beats': '1'})}"))

    async def _run(self, address: str) -> None:
        """The run's own stream, until it says that it is done."""
        is_done = asyncio.Event()

        def hear(event: bytes, _: float) -> None:
            if b"\nevent: done" in event or event.startswith(b"event: done"):
                is_done.set()

        while not is_done.is_set() and not self.over.is_set():
            stream = await wire.open_stream(self.client, address, hear)
            if stream is not None:
                await stream.ended
                self._note("run", wire.Answer(stream.status or wire.UNANSWERED, stream.headers))
                if stream.status in STOPS:
                    return
            await asyncio.sleep(random.uniform(1, 4))

    def _task(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def watch(boards: list[Board], over: asyncio.Event) -> None:
    """Looks at the silence of all of them."""
    while not over.is_set():
        await asyncio.sleep(2)
        now = time.time()
        for board in boards:
            board.look(now)
