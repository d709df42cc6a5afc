"""Values that people, programs and attackers send, and the part of them that one run tries."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from tests.examples import TIMES

TEXTS = (
    "", "0", "-1", "9" * 27, "9" * 5000, "NaN", "1e400", "\x00", "\ud83d", "1\n2", "\u2028\u0663", "[" * 2000,
    "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "%", "'", "a b " * 500,
    "00000000-0000-0000-0000-000000000000", "../" * 20, "{}", "null", "1:2:3", "1," * 1500, "x" * 20_000,
)  # fmt: skip
IN_ADDRESSES = ("0", "9" * 27, "x\x00", "\ud83d", "a\n", "%", "x" * 3000, "../" * 20)
IN_HEADERS = (
    "",
    "0",
    "9" * 27,
    "NaN:9",
    "9" * 27 + ":" + "9" * 27,
    "\x80\xff",
    "x" * 3000,
    "[" * 2000,
    '"',
    ",",
    "q=x",
    "//[",
)
IN_BODIES: tuple[Any, ...] = (
    None, True, -1, 10**30, 1e308, 0.5, "", "\x00", "\ud83d", "x" * 20_000, [], [[]] * 500, {}, {"a": {"b": []}},
    "9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", ["\x00"], [None], [10**30],
    ["x"] * 2000, [True, "x"],
)  # fmt: skip
BODIES = (b"", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"[]", b"null", b'"x"', b"1e999", b"NaN", b'{"a"')

One = TypeVar("One")


def some(values: Sequence[One], case: object) -> Sequence[One]:
    """Two of the values, others for each case, so that in one run each value meets many; all of them in a long run."""
    step = max(1, len(values) // 2)
    return values if TIMES > 1 else values[zlib.crc32(str(case).encode()) % step :: step]


def sendable(values: Mapping[str, str]) -> dict[str, str]:
    """The values as they travel: half a character as its bytes."""
    return {name: value.encode("utf-8", "surrogatepass").decode("latin-1") if "\ud83d" in value else value
            for name, value in values.items()}  # fmt: skip
