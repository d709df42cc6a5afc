"""Steps of the preparation, some beside each other, of which a signal leaves none behind."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scheduler_site.demo import guardian

GRACE = 2.0
"""Seconds between asking the steps to end and making them."""


@dataclass(frozen=True)
class Step:
    command: Sequence[str]
    says: str = ""
    """The line that tells what is being done; empty for a step that speaks for itself."""
    unless_done_in: float = 0.0
    """Seconds; a step that took less needs no line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables in addition to the common environment."""


@dataclass
class Chain:
    """Steps that follow each other."""

    waiting: list[Step]
    step: Step | None = None
    popen: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    is_announced: bool = False


def run(
    chains: Sequence[Sequence[Step]],
    *,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    ending: threading.Event,
) -> int:
    """The code of the first step that failed, which ends the others; 0 when all are done or `ending` was set."""
    running = [Chain(list(steps)) for steps in chains]
    guard = guardian.Guard()
    try:
        while not ending.is_set():
            for chain in running:
                if code := _go_on(chain, guard, environment, say):
                    return code
            if all(chain.popen is None for chain in running):
                break
            ending.wait(0.05)
        return 0
    finally:
        _end([chain.popen for chain in running if chain.popen is not None])
        guard.close()


def _go_on(chain: Chain, guard: guardian.Guard, environment: Mapping[str, str], say: Callable[[str], None]) -> int:
    """The code of the step that has just ended; 0 while one runs."""
    if chain.popen is not None:
        code = chain.popen.poll()
        if code is None:
            _announce(chain, say)
            return 0
        guard.release(chain.popen.pid)
        chain.popen = None
        if code:
            # A step that a signal ended has a negative one, which is no code of ours.
            return code if code > 0 else 1
    if chain.waiting:
        _start(chain, guard, environment)
        _announce(chain, say)
    return 0


def _announce(chain: Chain, say: Callable[[str], None]) -> None:
    step = chain.step
    if step and not chain.is_announced and time.monotonic() - chain.started_at >= step.unless_done_in:
        chain.is_announced = True
        if step.says:
            say(f"demo: {step.says}")


def _start(chain: Chain, guard: guardian.Guard, environment: Mapping[str, str]) -> None:
    step = chain.step = chain.waiting.pop(0)
    chain.started_at, chain.is_announced = time.monotonic(), False
    # A group of its own: the Ctrl-C of the terminal would have each step print where it was.
    chain.popen = subprocess.Popen(
        step.command, env={**environment, **step.environment}, stdin=subprocess.DEVNULL, start_new_session=True
    )
    guard.watch(chain.popen.pid)


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    # Dead children stay in their group until somebody has waited for them.
    reapers = [threading.Thread(target=popen.wait) for popen in running]
    for reaper in reapers:
        reaper.start()
    guardian.end_groups({popen.pid for popen in running}, grace=GRACE)
    for reaper in reapers:
        reaper.join()
