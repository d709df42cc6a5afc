"""Whether a system still has the newest of what it said before: one that was restored from a copy has not.

Each pass asks for what has changed since, and a little before, the newest record of the pass before. That record, the
witness, comes again with every pass, unless its system knows nothing of it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assignments.downstream import messages, seam

SELDOM = 3_600_000
"""Milliseconds between two times at which all is read because a witness is missing: it may just have been deleted."""
MOST = 200
"""Records that may come again with each pass for the sake of the witness: as many were changed at one moment."""
_A_SECOND = 1_000
_TIMES_BEGIN = 946_684_800_000
"""The year 2000 in milliseconds since 1970: versions above it are times, those below are counted."""


@dataclass(slots=True)
class Witnessed:
    """Knowledge of the newest records."""

    witness: str = ""
    """Reference of the record that this pass must have; empty where there is none to ask for."""
    witnessed: int = 0
    """Its version."""
    is_met: bool = False
    top: int = 0
    """The highest version that was read."""
    newest: str = ""
    """Reference of the record that has it."""
    sure: int = 0
    """The highest version that surely was there when this pass began: what has changed since has a higher one."""
    count: int = 0
    """Records of this pass."""
    doubted: int | None = None
    """When all was read last because the witness was missing, by the clock of the system."""
    is_doubted: bool = False
    """Whether this pass is that one."""
    is_blind: bool = False
    """Whether what is asked for does not bring the witness, although the system has it."""

    def note(
        self, records: Sequence[messages.Record], refused: Sequence[seam.BadRecord], *, is_first_page: bool
    ) -> None:
        self.count += len(records)
        # A witness that cannot be taken any more is there all the same.
        self.is_met |= any(one.reference == self.witness for one in refused)
        for record in records:
            self.is_met |= record.reference == self.witness and record.version >= self.witnessed
            if record.version > self.top:
                self.top, self.newest = record.version, record.reference
        if is_first_page:
            # What comes on a later page may have been changed after a record of an earlier one.
            self.sure = max(self.sure, self.top)

    @property
    def has_lost_it(self) -> bool:
        return bool(self.witness) and not self.is_met

    def may_doubt(self, at: int) -> bool:
        """Whether all may be read at that time because the witness is missing."""
        return self.has_lost_it and (self.doubted is None or at - self.doubted >= SELDOM)

    def doubting(self, at: int) -> dict[str, Any]:
        """The same for a pass in which all is read for that reason."""
        return {"witness": self.witness, "witnessed": self.witnessed, "doubted": at, "is_doubted": True}

    def listed(self, at: int) -> dict[str, Any]:
        """The same for the next pass of a list that is read whole each time."""
        doubted = at if self.has_lost_it else self.doubted
        return {
            "witness": self.newest, "witnessed": self.top, "doubted": doubted, "is_doubted": self.has_lost_it,
        }  # fmt: skip

    def going_on(self, *, is_whole: bool) -> dict[str, Any]:
        """The same for the next pass, which asks for what has changed."""
        # The list of all has it: that it is missing from what has changed is no sign.
        is_blind = self.is_blind or (self.is_doubted and self.is_met)
        known = {"top": self.top, "newest": self.newest, "doubted": self.doubted, "is_blind": is_blind}
        if self.has_lost_it and not is_whole:
            return {**known, "witness": self.witness, "witnessed": self.witnessed}
        if not is_whole and self.count > MOST and self.newest == self.witness:
            return {**known, "newest": ""}
        return known if is_blind else {**known, "witness": self.newest, "witnessed": self.top}


def since(known: dict[str, Any], reach: int, *, by_version: bool) -> int:
    """Since when the next pass must ask so that the witness comes with it; else since `reach`.

    Forgets a witness that cannot be asked for: changes go by time, and versions are counted.
    """
    if not known.get("witness"):
        return reach
    if by_version:
        return min(reach, int(known["witnessed"]) - 1)
    if known["witnessed"] < _TIMES_BEGIN:
        del known["witness"], known["witnessed"]
        return reach
    return min(reach, int(known["witnessed"]) - _A_SECOND)
