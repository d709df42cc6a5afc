"""Position of a reader in the log: the epoch of the log and the position of the last event seen. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_EPOCH_LENGTH = 10
# Twelve digits hold 2.8e14 events: at 1,000 a second, eight thousand years.
_POSITION_DIGITS = 12
_FORM = re.compile(rf"([{_ALPHABET}]{{{_EPOCH_LENGTH}}})\.([0-9a-f]{{{_POSITION_DIGITS}}})")


class CursorUnreadable(ValueError):
    """The text was not made by us."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one epoch of the log.

    Written with a fixed width, so that within one epoch the order of the texts is the order of the log: that is all
    a client may read from it.
    """

    epoch: str
    position: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position:0{_POSITION_DIGITS}x}"


def parse(text: str) -> Cursor:
    """The cursor that `text` is; raises CursorUnreadable for anything else."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise CursorUnreadable(f"{text[:60]!r} is not a cursor of this log.")
    return Cursor(epoch=match[1], position=int(match[2], 16))


def new_epoch() -> str:
    """A random name for one life of the log (50 bits: two logs never share it by accident)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_EPOCH_LENGTH))
