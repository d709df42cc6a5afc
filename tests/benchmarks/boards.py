"""Measures what a change costs that open boards show: pushed, beside "event, then fetch" and polling every 2 seconds.

    python -m tests.benchmarks.boards [--boards 1,10,100] [--districts 1,10] [--changes 40] [--every 0.5]
                                      [--processes 1] [--redis]

Web processes on SQLite, with a Redis for them if asked for, and the demo's small utility; nothing else runs. Boards
are of one day and spread over the districts, which are copies of the demo's first; a change is an order of one of them,
in turn, whose title becomes another. Each board has a connection of its own and acts as a page's script would: *pushed*
asks for nothing, *fetched* asks for its page after each event, one answer at a time, *polled* has no stream. All boards
are in one process, which only searches what it is told.

For each change: requests of a board of its district; processor of the web processes, in all and for each such board;
and the time from the commit until a board has the new row.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import html
import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from tests import servers
from tests.browser.stage import PASSWORD, Stage
from tests.drill import wire

POLL = 2.0
ATTRIBUTES = ("stream-url", "stream-cursor", "live", "order-id")
CHANGE = """
from django.db import transaction
from assignments import models
from assignments.services.records import events
from django.utils import timezone
order = models.WorkOrder.objects.get(pk={order})
with transaction.atomic():
    models.WorkOrder.objects.filter(pk=order.pk).update(title="{title}")
    events.order_changed(orders=[order.pk], cause="inputs.changed", now=timezone.now())
"""
DISTRICTS = """
from assignments import models
first = models.District.objects.get(code="ALD")
mara = models.Membership.objects.get(district=first, user__username="mara")
orders = models.WorkOrder.objects.filter(district=first)
for number in range(1, {districts}):
    copy = models.District.objects.get(pk=first.pk)
    copy.pk, copy.code, copy.name = None, f"D{{number}}", f"District {{number}}"
    copy._state.adding = True
    copy.save()
    models.Membership.objects.create(district=copy, user=mara.user, role=mara.role)
    for order in orders.all():
        order.pk, order.district, order.source = None, copy, None
        order.number = f"D{{number}}-{{order.number}}"
        order._state.adding = True
        order.save()
"""


@dataclass
class Watch:
    """The changes as they were made, and when each board showed them; times of `time.time()`."""

    made: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    requests: int = 0

    def saw(self, text: str, shown: set[str]) -> None:
        """Notes the changes that a board shows for the first time."""
        now = time.time()
        for title in re.findall(r"Change \d+ of run \d+", text):
            if title in self.made and title not in shown:
                shown.add(title)
                self.waits.append(now - self.made[title])


@dataclass(frozen=True)
class BoardPage:
    """The board of one district: addresses, and an order that it shows."""

    path: str
    stream: str
    pages: str
    order: int


@dataclass(frozen=True)
class Site:
    port: int
    cookies: dict[str, str]
    boards: list[BoardPage]

    def client(self) -> wire.Client:
        return wire.Client(self.port, dict(self.cookies))


Acts = Callable[[Site, BoardPage, Watch, Callable[[], None]], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boards", default="1,10,100")
    parser.add_argument("--districts", default="1")
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--every", type=float, default=0.5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--ways", default="pushed,fetched,polled")
    asked = parser.parse_args()
    # All boards are Mara's, from this machine.
    os.environ["STREAMS"] = "per_user=2000,per_address=2000,per_process=2000"
    sizes, districts = ([int(one) for one in text.split(",")] for text in (asked.boards, asked.districts))
    print(
        "| | districts | boards | requests a change and board | processor ms a change | a board | shown after, ms "
        "| p99 |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        with Stage(home) as invented:
            invented.seed()
            invented.does(DISTRICTS.format(districts=max(districts)))
        with servers.redis_server() if asked.redis else contextlib.nullcontext() as shared:
            deployed = {"web_workers": asked.processes, "redis_url": shared.url if shared else ""}
            with Stage(home, deployed=True, **deployed) as stage:
                stage.start_web()
                site = _arrive(stage, max(districts))
                for run, (way, count, boards) in enumerate(
                    (way, count, boards) for way in asked.ways.split(",") for count in districts for boards in sizes
                ):
                    if boards >= count:
                        _measure(stage, Site(site.port, site.cookies, site.boards[:count]), way, run, boards, asked)


def _arrive(stage: Stage, districts: int) -> Site:
    with httpx.Client(base_url=stage.address, follow_redirects=True, timeout=60) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/login/").text)
        assert token
        form = {"username": "mara", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        browser.post("/login/", data=form).raise_for_status()
        paths = [stage.board, *(stage.board.replace("/ALD/", f"/D{number}/") for number in range(1, districts))]
        boards = [_board(path, browser.get(path).text) for path in paths]
        cookies = {cookie.name: str(cookie.value) for cookie in browser.cookies.jar}
    port = urlsplit(stage.address).port
    assert port
    return Site(port, cookies, boards)


def _board(path: str, page: str) -> BoardPage:
    found = [re.search(rf'data-{name}="([^"]*)"', page) for name in ATTRIBUTES]
    stream, cursor, live, order = (html.unescape(one[1]) for one in found if one)
    return BoardPage(path, f"{stream}&cursor={cursor}", f"&page={quote(f'{cursor}~{live}')}", int(order))


async def pushed(site: Site, board: BoardPage, watch: Watch, ready: Callable[[], None]) -> None:
    """A board of Lineup."""
    shown: set[str] = set()

    def hear(event: bytes, _now: float) -> None:
        ready()
        watch.saw(event.decode(), shown)

    await _follow(site, board.stream + board.pages, hear)


async def fetched(site: Site, board: BoardPage, watch: Watch, ready: Callable[[], None]) -> None:
    """A board that an event makes ask for its page."""
    shown: set[str] = set()
    changed = asyncio.Event()

    def hear(event: bytes, _now: float) -> None:
        ready()
        if b"event: order.changed" in event:
            changed.set()

    async def fetch() -> None:
        while await changed.wait():
            changed.clear()
            await _ask(site, board, watch, shown)

    await asyncio.gather(_follow(site, board.stream, hear), fetch())


async def polled(site: Site, board: BoardPage, watch: Watch, ready: Callable[[], None]) -> None:
    """A board that asks for its page again and again; not all at once."""
    shown: set[str] = set()
    ready()
    await asyncio.sleep(POLL * (id(shown) // 64 % 100) / 100)
    while True:
        await _ask(site, board, watch, shown)
        await asyncio.sleep(POLL)


WAYS: dict[str, tuple[str, Acts]] = {
    "pushed": ("pushed", pushed),
    "fetched": ("event, then fetch", fetched),
    "polled": ("polled every 2 s", polled),
}


async def _follow(site: Site, path: str, hear: Callable[[bytes, float], None]) -> None:
    stream = await wire.open_stream(site.client(), path, hear)
    assert stream is not None
    try:
        await stream.ended
    finally:
        stream.close()


async def _ask(site: Site, board: BoardPage, watch: Watch, shown: set[str]) -> None:
    """The board's page; nothing where a server that cannot keep up hangs up."""
    watch.requests += 1
    watch.saw((await site.client().ask("GET", board.path)).text, shown)


@contextlib.contextmanager
def _open(site: Site, acts: Acts, boards: int, watch: Watch) -> Iterator[None]:
    """So many boards are open, in a thread of their own; the districts have as many each."""
    loop, opened = asyncio.new_event_loop(), [threading.Event() for _ in range(boards)]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> list[asyncio.Task[None]]:
        found = []
        for number, is_open in enumerate(opened):
            board = site.boards[number % len(site.boards)]
            found.append(asyncio.ensure_future(acts(site, board, watch, is_open.set)))
            # One after the other: the kernel refuses a crowd.
            await asyncio.sleep(0.002)
        return found

    async def end() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    tasks = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        if not all(one.wait(120) for one in opened):
            raise RuntimeError("Not every board was opened within two minutes.")
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _measure(stage: Stage, site: Site, way: str, run: int, boards: int, asked: argparse.Namespace) -> None:
    title, acts = WAYS[way]
    watch = Watch()
    with _open(site, acts, boards, watch):
        for board in site.boards:
            stage.does(CHANGE.format(order=board.order, title=f"Warm {run}"))
        time.sleep(2 * POLL)
        busy, requests = _processor(stage), watch.requests
        for number in range(asked.changes):
            changed = f"Change {number} of run {run}"
            stage.does(CHANGE.format(order=site.boards[number % len(site.boards)].order, title=changed))
            watch.made[changed] = time.time()
            time.sleep(asked.every)
        time.sleep(2 * POLL)
        busy, requests = _processor(stage) - busy, watch.requests - requests
    waits = sorted(1000 * wait for wait in watch.waits)
    p99 = waits[int(0.99 * (len(waits) - 1))]
    each, concerned = 1000 * busy / asked.changes, boards / len(site.boards)
    print(
        f"| {title} | {len(site.boards)} | {boards} | {requests / asked.changes / concerned:.2f} | {each:.1f} "
        f"| {each / concerned:.2f} | {statistics.median(waits):.0f} | {p99:.0f} |",
        flush=True,
    )


def _processor(stage: Stage) -> float:
    """Seconds that the web processes have taken so far."""
    ticks = 0
    for pid in stage.children_of("web"):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
