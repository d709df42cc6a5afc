"""Hints to the workers that there is something to look for; the rows themselves say what is to be done.

Each may be lost or doubled without harm, because workers also look by themselves.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

# Tasks lie above services, so they are named here, as the queue itself names them, and not imported.
EXECUTE_RUN = "assignments.tasks.hints.execute_run"
DELIVER_DUE = "assignments.tasks.hints.deliver_due"


def run_wanted(*, run_id: Any) -> None:
    """Tells a worker, once the caller's transaction has committed, that this run waits."""
    transaction.on_commit(lambda: import_string(EXECUTE_RUN).enqueue(str(run_id)), robust=True)


def write_backs_wanted() -> None:
    """Tells a worker, once the caller's transaction has committed, that write-backs wait."""
    transaction.on_commit(lambda: import_string(DELIVER_DUE).enqueue(), robust=True)
