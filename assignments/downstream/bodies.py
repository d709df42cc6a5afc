"""Bodies of answers within a size, as they travel and unpacked: no answer takes more memory than that."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from assignments.downstream.trouble import SystemUnavailable

MEGABYTE = 1_000_000
ENCODINGS = "gzip, deflate"
"""Asked for, because they can be unpacked piece by piece."""
_PIECE = 262_144
_WINDOW = 32 + zlib.MAX_WBITS
"""Either of gzip's and zlib's heads."""


def pieces(response: httpx.Response, *, travelling: int, unpacked: int) -> Iterator[bytes]:
    """The body unpacked, as it comes. Raises SystemUnavailable above either number of bytes, httpx's own errors."""
    size = 0
    for piece in _unpacked(response, travelling, unpacked):
        size += len(piece)
        if size > unpacked:
            raise _too_large("unpacked", unpacked)
        yield piece


def _unpacked(response: httpx.Response, travelling: int, unpacked: int) -> Iterator[bytes]:
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        yield from _raw(response, min(travelling, unpacked))
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise SystemUnavailable(f"answered in the encoding {coding[:40]}, which was not asked for", permanent=True)
    decoder = zlib.decompressobj(_WINDOW)
    try:
        for raw in _raw(response, travelling):
            left = raw
            while left:
                decoder, piece = _decoded(decoder, left)
                left = decoder.unconsumed_tail
                yield piece
        yield decoder.flush()
    except zlib.error as error:
        raise SystemUnavailable("answered with something that cannot be unpacked") from error


def _decoded(decoder: zlib._Decompress, data: bytes) -> tuple[zlib._Decompress, bytes]:
    try:
        return decoder, decoder.decompress(data, _PIECE)
    except zlib.error:
        # Some servers send what the standard calls deflate without its head; on anything else this fails as well.
        headless = zlib.decompressobj(-zlib.MAX_WBITS)
        return headless, headless.decompress(data, _PIECE)


def _raw(response: httpx.Response, most: int) -> Iterator[bytes]:
    size = 0
    for raw in response.iter_raw():
        size += len(raw)
        if size > most:
            raise _too_large("as it travels", most)
        yield raw


def _too_large(how: str, most: int) -> SystemUnavailable:
    return SystemUnavailable(f"answered with more than {most / MEGABYTE:,.1f} MB {how}", permanent=True)
