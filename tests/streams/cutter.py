"""A gateway that cuts every connection so many seconds after it was opened, whatever flows over it.

    python tests/streams/cutter.py PORT PORT-BEHIND SECONDS LOG

In its last second a connection passes on half of what comes first and then nothing more, so that the cut falls into the
middle of an event; every second one is reset instead of closed. The log has a line of JSON for each request and each
cut. It reads requests without a body only.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import struct
import sys
from pathlib import Path
from typing import Any

LAST_BREATH = 1.0
NEVER = 1e9
RESET = struct.pack("ii", 1, 0)
Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cutter:
    def __init__(self, behind: int, seconds: float, log: Path) -> None:
        self._behind = behind
        self._seconds = seconds
        self._log = log.open("a", buffering=1)
        self._numbers = itertools.count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, next(self._numbers))
        behind = await asyncio.open_connection("127.0.0.1", self._behind)
        try:
            async with asyncio.timeout(self._seconds):
                await connection.carry((reader, writer), behind, self._seconds)
        except TimeoutError:
            connection.cut(writer)
        except ConnectionError:
            pass
        for end in (writer, behind[1]):
            end.close()

    def note(self, **what: Any) -> None:
        print(json.dumps(what), file=self._log)


class Connection:
    """One connection of a client, and the one behind it."""

    def __init__(self, gateway: Cutter, number: int) -> None:
        self._gateway = gateway
        self._number = number
        self._request = ""

    async def carry(self, client: Pipe, server: Pipe, seconds: float) -> None:
        """Until one of the two ends it."""
        ways = [
            asyncio.create_task(self._forth(client[0], server[1])),
            asyncio.create_task(self._back(server[0], client[1], seconds)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with contextlib.suppress(ConnectionError):
                await asyncio.gather(*ways, return_exceptions=True)

    def cut(self, client: asyncio.StreamWriter) -> None:
        self._gateway.note(connection=self._number, cut=self._request)
        if self._number % 2:
            client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.transport.abort()

    async def _forth(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await client.readuntil(b"\r\n\r\n")
                self._request = head.split(b"\r\n", 1)[0].decode().removesuffix(" HTTP/1.1")
                self._gateway.note(connection=self._number, request=self._request)
                server.write(head)

    async def _back(self, server: asyncio.StreamReader, client: asyncio.StreamWriter, seconds: float) -> None:
        clock = asyncio.get_running_loop().time
        last_breath = clock() + seconds - LAST_BREATH
        while chunk := await server.read(65536):
            if clock() > last_breath:
                client.write(chunk[: len(chunk) // 2])
                await asyncio.sleep(NEVER)
            client.write(chunk)
            await client.drain()


async def main(port: str, behind: str, seconds: str, log: str) -> None:
    cutter = Cutter(int(behind), float(seconds), Path(log))
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
