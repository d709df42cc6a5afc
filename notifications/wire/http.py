"""Framing of a body that has no length yet (RFC 9112, section 7.1). Pure: no Django, no I/O."""

from __future__ import annotations

LAST_CHUNK = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    """`body` as one chunk. An empty one would end the whole, so nothing becomes nothing."""
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""
