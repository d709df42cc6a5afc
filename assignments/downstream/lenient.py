"""JSON that is almost right: with a byte order mark, in another encoding, with half characters or endless numbers."""

from __future__ import annotations

import codecs
import json
from typing import Any

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOST_DIGITS = 30


def loads(body: bytes) -> Any:
    """The document. Raises ValueError, in words, for what is none.

    Numbers beyond every column are given as infinite.
    """
    try:
        return json.loads(_text(body), parse_int=_whole, strict=False)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("no JSON: nested too deeply") from error


def _text(body: bytes) -> str:
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
