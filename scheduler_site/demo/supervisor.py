"""Starts the demo's processes, shows their lines, starts again what died, and leaves none behind."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from notifications.services.ending import set_by_signals
from scheduler_site.demo import guardian

GRACE = 4.0
"""Seconds between asking the processes to end and making them."""
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 20.0
"""A process that ran this many seconds is started again at once when it dies."""


@dataclass(frozen=True)
class DemoProcess:
    name: str
    command: list[str]
    is_site: bool = False
    """Its death before the site has ever answered is a mistake in the set-up, which a restart would only repeat."""
    ready: str = ""
    """Part of the line by which it says that it can be used; empty when it says nothing of that."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables in addition to the common environment."""


@dataclass
class Child:
    process: DemoProcess
    popen: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    started_at: float = 0.0
    pause: float = 0.0
    due_at: float = field(default=0.0)
    is_ready: bool = False


class Supervisor:
    def __init__(
        self,
        processes: Sequence[DemoProcess],
        *,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        ending: threading.Event | None = None,
    ) -> None:
        """`ending` may have been set already, by a signal before `run`."""
        self.children = [Child(process) for process in processes]
        self.environment = dict(environment)
        self.say = say
        self.has_answered = False
        self.exit_code = 0
        self._ending = ending or threading.Event()
        self._width = max((len(process.name) for process in processes), default=0)

    def run(self, *, answers: Callable[[], bool], announce: Callable[[], None]) -> int:
        """The exit code, after a signal or a fatal death; until then it keeps every process alive.

        `answers` says whether the site can be used; `announce` is called once when it first can, and every process
        that says so is ready.
        """
        set_by_signals(self._ending, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        guard = guardian.Guard()
        is_announced = False
        try:
            while not self._ending.wait(0.1):
                for child in self.children:
                    self._look_after(child, guard)
                self.has_answered = self.has_answered or (not self._ending.is_set() and answers())
                if self.has_answered and not is_announced and all(child.is_ready for child in self.children):
                    is_announced = True
                    announce()
        finally:
            self._end_all(guard)
        return self.exit_code

    def _look_after(self, child: Child, guard: guardian.Guard) -> None:
        now = time.monotonic()
        if child.popen is not None:
            code = child.popen.poll()
            if code is None:
                return
            self._bury(child, code, guard, now=now)
        if not self._ending.is_set() and child.popen is None and now >= child.due_at:
            self._start(child, guard)

    def _start(self, child: Child, guard: guardian.Guard) -> None:
        child.started_at, child.is_ready = time.monotonic(), not child.process.ready
        child.popen = subprocess.Popen(
            child.process.command,
            env={**self.environment, **child.process.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        guard.watch(child.popen.pid)
        child.reader = threading.Thread(target=self._show_lines, args=(child, child.popen), daemon=True)
        child.reader.start()

    def _show_lines(self, child: Child, popen: subprocess.Popen[str]) -> None:
        for line in popen.stdout or ():
            self.say(f"{child.process.name:<{self._width}} | {line.rstrip()}")
            # Said first: what is announced stands below the lines that it rests on.
            child.is_ready = child.is_ready or (child.popen is popen and child.process.ready in line)

    def _bury(self, child: Child, code: int, guard: guardian.Guard, *, now: float) -> None:
        """End the rest of the dead process's group too: it may hold the port that the next one needs."""
        assert child.popen is not None  # noqa: S101
        guardian.end_groups({child.popen.pid}, grace=0)
        guard.release(child.popen.pid)
        if child.reader is not None:
            child.reader.join(timeout=1)
        child.popen = None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if child.process.is_site and not self.has_answered:
            self.say(f"demo: {child.process.name} {how} before it answered; its lines above say why.")
            self.exit_code = 1
            self._ending.set()
            return
        child.pause = 0.0 if now - child.started_at > HEALTHY_AFTER else min(max(1.0, child.pause * 2), LONGEST_PAUSE)
        child.due_at = now + child.pause
        when = f"in {child.pause:.0f} s" if child.pause else "now"
        self.say(f"demo: {child.process.name} {how}; starting it again {when}.")

    def _end_all(self, guard: guardian.Guard) -> None:
        self.say("demo: Ending every process.")
        running = [child for child in self.children if child.popen is not None]
        groups = {child.popen.pid for child in running if child.popen is not None}
        # Dead children stay in their group until somebody has waited for them.
        reapers = [threading.Thread(target=child.popen.wait) for child in running if child.popen is not None]
        for reaper in reapers:
            reaper.start()
        guardian.end_groups(groups, grace=GRACE)
        for reaper in reapers:
            reaper.join()
        for child in running:
            if child.reader is not None:
                child.reader.join(timeout=0.5)
        for group in groups:
            guard.release(group)
        guard.close()
