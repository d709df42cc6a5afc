from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from assignments import models
from assignments.downstream import seam
from assignments.services.following import closing, leasing, storing
from assignments.services.following.fetching import ReadChunk


def says_nothing(*, chunk: seam.Chunk, mark: seam.Mark | None) -> bool:
    """Whether the chunk, beside the `mark` at which its pass began, says only that nothing has changed since."""
    is_empty = chunk.is_first and chunk.is_last and not (chunk.records or chunk.refused)
    return is_empty and chunk.mark == mark and not (chunk.is_new_epoch or (chunk.is_whole and chunk.ends_missing))


def take(
    *,
    following: models.FollowedSource,
    owner: str,
    came: ReadChunk,
    seen: closing.Seen,
    now: datetime,
    pause: Callable[[], None] = lambda: None,
) -> storing.Stored:
    """Stores a chunk of the source that `owner` reads; where its pass lists all there is and is over with it, closes
    before what the source no longer has.

    `seen` is kept from one chunk of the source to the next; there is a `pause` between two transactions. Raises
    SourceLost.
    """

    def go_on() -> None:
        pause()
        leasing.renew(following=following, owner=owner, now=now)

    chunk, system = came.chunk, following.system
    if chunk.ends_missing:
        seen.add(came)
    if chunk.is_last and chunk.is_whole and chunk.ends_missing:
        listed = seen.all_of(came.key)
        if listed is not None:
            leasing.renew(following=following, owner=owner, now=now)
            closing.close(system=system, key=came.key, listed=listed, now=now, pause=go_on)
        elif chunk.takes_all:
            # Another process has read the first part of it, and all must be read by one to know what is missing.
            chunk.mark.clear()
            chunk.mark.update(seam.ANEW)
    return storing.store(following=following, owner=owner, came=came, now=now)
