"""Lines for managers on how the reading of a source has ended."""

from __future__ import annotations

from collections.abc import Sequence

from assignments.downstream import trouble


def words(error: Exception) -> str:
    """The reason why it failed. Raises an error that is not about the source."""
    if isinstance(error, trouble.SystemUnavailable):
        return error.detail
    raise error


def remark(refused: Sequence[str], questioned: Sequence[str]) -> str:
    """The records that were not taken or are questionable, the first few of them with the reason."""
    said = []
    if refused:
        count = f"{len(refused):,} record{'s were' if len(refused) > 1 else ' was'} not taken"
        said.append(f"{count}: {'; '.join(refused[:3])}")
    if questioned:
        said.append("; ".join(questioned[:3]))
    text = ". ".join(said)
    return text if len(text) <= 300 else f"{text[:299]}…"
