"""Two certificates of one kind, such as an old one and its renewal: people hold each qualification once."""

from __future__ import annotations

from datetime import UTC, datetime

from assignments.downstream.messages import HeldMessage

_NEVER = datetime.max.replace(tzinfo=UTC)


def counting(one: HeldMessage, other: HeldMessage, now: datetime) -> HeldMessage:
    """The one that is valid now, and of two such ones the one that is valid longer; of none the one to come.

    One that goes on where another of the same level ends goes on from its beginning.
    """
    earlier, later = sorted((one, other), key=lambda each: (_end(each), each.issued))
    if earlier.level == later.level and later.issued <= _end(earlier):
        return later.model_copy(update={"issued": min(earlier.issued, later.issued)})
    return earlier if _is_valid(earlier, now) and not _is_valid(later, now) else later


def _end(held: HeldMessage) -> datetime:
    return held.expires or _NEVER


def _is_valid(held: HeldMessage, now: datetime) -> bool:
    return held.issued <= now < _end(held)
