"""Answers of any size, packed or not, take no more memory than they may."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from typing import Any

import pytest

from assignments.downstream import client, outbound, trouble
from tests.downstream.conftest import Answer, ScriptedSystem

BODY = json.dumps({"reference": "B-1", "replayed": False}).encode()


def ask(system: ScriptedSystem, **sizes: Any) -> outbound.Acknowledgement:
    limits = client.ReadingLimits(time.monotonic() + 60, **sizes)
    with client.Client(base_url=system.url) as http:
        return http.ask("GET", "api/orders", outbound.Acknowledgement, limits=limits)


def packed(body: bytes, window: int = 16 + zlib.MAX_WBITS) -> bytes:
    packer = zlib.compressobj(wbits=window)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        ("gzip", gzip.compress(BODY)),
        ("deflate", packed(BODY, zlib.MAX_WBITS)),
        ("deflate", packed(BODY, -zlib.MAX_WBITS)),
        ("identity", BODY),
    ],
    ids=["gzip", "deflate", "deflate without a head", "plain"],
)
def test_packed_answers_are_read(system: ScriptedSystem, coding: str, raw: bytes) -> None:
    system.answer(Answer(raw=raw, headers={"Content-Encoding": coding}))

    assert ask(system).reference == "B-1"
    assert system.asked[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_bomb_is_left_where_it_grows_too_large(system: ScriptedSystem) -> None:
    bomb = gzip.compress(bytes(300_000_000), compresslevel=1)
    system.answer(Answer(raw=bomb, headers={"Content-Encoding": "gzip"}))

    tracemalloc.start()
    try:
        with pytest.raises(trouble.SystemUnavailable, match=r"more than 1\.0 MB unpacked") as caught:
            ask(system, unpacked=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.permanent
    assert len(system.asked) == 1


def test_an_answer_that_is_too_large_is_refused(system: ScriptedSystem) -> None:
    system.answer(Answer(raw=bytes(2_000_000)))

    with pytest.raises(trouble.SystemUnavailable, match=r"more than 1\.0 MB as it travels"):
        ask(system, travelling=1_000_000)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Content-Encoding": "br"}, "in the encoding br, which was not asked for"),
        ({"Content-Encoding": "gzip"}, "something that cannot be unpacked"),
    ],
)
def test_what_cannot_be_unpacked_is_named(system: ScriptedSystem, headers: dict[str, str], words: str) -> None:
    system.respond = lambda asked: Answer(raw=b"not packed at all", headers=headers)

    with pytest.raises(trouble.SystemUnavailable, match=words):
        ask(system)
