"""sse-starlette with one queue per reader, as its documentation shows; POST / with a JSON list publishes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent  # type: ignore[import-not-found,unused-ignore]
from starlette.applications import Starlette  # type: ignore[import-not-found,unused-ignore]
from starlette.requests import Request  # type: ignore[import-not-found,unused-ignore]
from starlette.responses import Response  # type: ignore[import-not-found,unused-ignore]
from starlette.routing import Route  # type: ignore[import-not-found,unused-ignore]

queues: set[asyncio.Queue[str]] = set()


async def read(request: Request) -> Response:
    queue: asyncio.Queue[str] = asyncio.Queue()
    queues.add(queue)

    async def events() -> AsyncIterator[ServerSentEvent]:
        number = 0
        try:
            while True:
                number += 1
                yield ServerSentEvent(await queue.get(), event="tick", id=str(number))
        finally:
            queues.discard(queue)

    return EventSourceResponse(events())


async def publish(request: Request) -> Response:
    for text in await request.json():
        for queue in queues:
            queue.put_nowait(text)
    return Response()


app = Starlette(routes=[Route("/events", read), Route("/", publish, methods=["POST"])])
