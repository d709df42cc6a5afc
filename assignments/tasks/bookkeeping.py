"""The worker's part in comparing the targets' books and repairing them."""

from __future__ import annotations

from assignments.services.reconciling import comparing, repairing
from assignments.tasks import delivery, process


def compare() -> None:
    """Carries out the comparisons that people have asked for."""
    while not process.is_stopping():
        claimed = comparing.claim(owner=process.owner(), now=process.now())
        if claimed is None:
            return
        ended = comparing.compare(
            comparison=claimed, owner=process.owner(), now_fn=process.now, stop=process.is_stopping
        )  # fmt: skip
        process.say(f"book of {ended.target.code}: {ended.get_status_display().lower()}")


def repair() -> None:
    """Makes the write-backs that people have asked for, some at a time."""
    while not process.is_stopping() and (number := repairing.go_on(now=process.now())):
        process.say(f"{number} differences of books repaired or left")
        delivery.teller().look()
