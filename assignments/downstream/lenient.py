"""JSON that is almost right: with a byte order mark, in another encoding, with half characters or endless numbers."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOST_DIGITS = 30
DEEPEST = 100
"""Lists and objects within each other that everything which handles them can follow; records have a few."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def loads(body: bytes) -> Any:
    """The document. Raises ValueError, in words, for what is none.

    Numbers beyond every column are given as infinite; where lists and objects are nested too deeply, what lies deepest
    is left out.
    """
    document = text(body)
    try:
        try:
            return _parsed(document)
        except RecursionError:
            return _parsed(_pruned(document))
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error


def shallow(value: Any, levels: int = DEEPEST) -> Any:
    """The same without what lies deeper."""
    if isinstance(value, dict):
        return {name: shallow(inner, levels - 1) for name, inner in value.items()} if levels else {}
    if isinstance(value, list):
        return [shallow(inner, levels - 1) for inner in value] if levels else []
    return value


def _parsed(document: str) -> Any:
    return json.loads(document, parse_int=_whole, strict=False)


def _pruned(document: str) -> str:
    kept, depth, behind = [], 0, 0
    for token in _TOKEN.finditer(document):
        if token[0] in "[{":
            depth += 1
            if depth == DEEPEST:
                kept.append(document[behind : token.end()])
                behind = len(document)
        elif token[0] in "]}":
            if depth == DEEPEST:
                behind = token.start()
            depth -= 1
    return "".join([*kept, document[behind:]])


def text(body: bytes) -> str:
    """Bytes that are no UTF-8 are read as those of Windows, each by itself."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, errors="replace" if encoding != "utf-8" else _WINDOWS)
    return body.decode("utf-8", errors=_WINDOWS)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", errors="replace") for byte in wrong), error.end


_WINDOWS = "lineup-windows"
codecs.register_error(_WINDOWS, _as_windows)
