"""One process with all boards and managers; says on its output when they are there, and leaves a file of records.

    python -m tests.drill.bots PLAN RECORDS

It reads its orders, one a line: `begin` lets managers work, `rest` ends that, `end` closes the boards.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import resource
import sys
from pathlib import Path
from typing import Any

from tests.drill import boards, managers, wire

OPENING = 6
"""Pages that are opened at the same time at first: people do not come all at once."""


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """The records of all of them."""
    over, rest = asyncio.Event(), asyncio.Event()
    port, door = plan["port"], asyncio.Semaphore(OPENING)
    tabs = [
        boards.Board(wire.Client(port, dict(one["cookies"])), one["path"], tuple(one["channels"]), over, door)
        for one in plan["boards"]
    ]
    people = [
        managers.Manager(wire.Client(port, {}), one["name"], one["password"], one["board"], rest,
                         random.Random(f"{plan['seed']}:{number}"))
        for number, one in enumerate(plan["managers"])
    ]  # fmt: skip
    random.seed(plan["seed"])
    open_tabs = [asyncio.create_task(tab.stay()) for tab in tabs]
    watching = asyncio.create_task(boards.watch(tabs, over))
    for tab in tabs:
        await tab.is_live.wait()
    print("live", flush=True)
    working: list[asyncio.Task[None]] = []
    async for order in _orders():
        if order == "begin":
            working = [asyncio.create_task(one.work(plan["pause"])) for one in people]
        elif order == "rest":
            rest.set()
            await asyncio.gather(*working)
            print("resting", flush=True)
        elif order == "end":
            break
    over.set()
    for tab in tabs:
        tab.leave()
    await asyncio.wait([*open_tabs, watching], timeout=10)
    done = [managers.Done(one.name, one.acts, one.answers, one.refused, one.pages) for one in people]
    return {"boards": [tab.record for tab in tabs], "managers": done}


async def _orders() -> Any:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


if __name__ == "__main__":
    # Each board is a connection, and now and then two.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    found = asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))
    Path(sys.argv[2]).write_bytes(pickle.dumps(found))
    print("done", flush=True)
