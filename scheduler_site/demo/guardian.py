"""Ends the process groups it was told of when the supervisor dies without a chance to do so (kill -9, out of memory).

Standard input is a pipe that only the supervisor holds open: `+123` adds a group, `-123` removes one, and its end
means that the supervisor has gone. A pipe does this on every Unix; PR_SET_PDEATHSIG is Linux's alone and would
not reach gunicorn's workers.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
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


class Guard:
    """A guardian in a process of its own, and the pipe that tells it what to end."""

    def __init__(self) -> None:
        # Its own session: the Ctrl-C of the terminal is meant for the supervisor.
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "scheduler_site.demo.guardian"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        self._tell(f"+{group}")

    def release(self, group: int) -> None:
        self._tell(f"-{group}")

    def close(self) -> None:
        """Ends it, and with it what it still watches."""
        assert self._popen.stdin is not None  # noqa: S101
        with contextlib.suppress(OSError):
            self._popen.stdin.close()
        self._popen.wait()

    def _tell(self, line: str) -> None:
        assert self._popen.stdin is not None  # noqa: S101
        # Somebody may have killed the guardian; the supervisor still ends its processes itself.
        with contextlib.suppress(OSError):
            self._popen.stdin.write(f"{line}\n")
            self._popen.stdin.flush()


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
