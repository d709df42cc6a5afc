"""Ends the process groups it was told of when the supervisor dies without a chance to do so (kill -9, out of memory).

Standard input is a pipe that only the supervisor holds open: `+123` adds a group, `-123` removes one, and its end
means that the supervisor has gone. A pipe does this on every Unix; PR_SET_PDEATHSIG is Linux's alone and would
not reach gunicorn's workers.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Set


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    end_groups(groups, grace=3)


def end_groups(groups: Set[int], *, grace: float) -> None:
    """Asks every group to end, and after `grace` seconds makes it."""
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while living(groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)


def living(groups: Iterable[int]) -> set[int]:
    return {group for group in groups if _sent(group, 0)}


def _signal(groups: Iterable[int], number: int) -> None:
    for group in groups:
        _sent(group, number)


def _sent(group: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
