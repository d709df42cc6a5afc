from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from assignments import models
from assignments.downstream import trouble
from assignments.services.gathering import lines, reading
from assignments.services.gathering.applying import Applier

_LOOK = 0.1
"""Seconds between two looks at `stop` while no source says anything."""
_GRACE = 0.5
"""Seconds after the deadline in which a reading that is just ending may still report."""


@dataclass(frozen=True)
class Gathered:
    """`partial` when a source was late or down: then the run plans with what was known of it before."""

    partial: bool
    order_ids: frozenset[int] = frozenset()
    """Orders whose inputs really changed."""
    crew_ids: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Gathering:
    """The state of one call, in the thread of the caller: the reading threads only fill `inbox`."""

    run: models.SuggestionRun
    now_fn: Callable[[], datetime]
    on_change: Callable[[], None]
    applier: Applier
    rows: dict[int, models.SourceProgress]
    read_at: datetime
    inbox: queue.SimpleQueue[reading.Told] = field(default_factory=queue.SimpleQueue)
    ended: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)

    def hear(self, told: reading.Told) -> None:
        if isinstance(told, reading.Moved):
            lines.move(self.rows[told.system.pk], told.progress)
        elif isinstance(told, reading.Read):
            self.applier.take(told, self.now_fn())
        else:
            self.end(told.system, told.error)
        self.moved.add(told.system.pk)

    def end(self, system: models.DownstreamSystem, error: Exception | None) -> None:
        lines.end(self.rows[system.pk], error=error, read_at=self.read_at)
        self.ended.add(system.pk)
        if error is None:
            models.DownstreamSystem.objects.filter(pk=system.pk).update(last_gathered_at=self.read_at)

    def drain(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Hears everything that was said by now, waiting so long for the first word; then writes the lines once."""
        try:
            self.hear(self.inbox.get(timeout=seconds))
            while not stop():
                self.hear(self.inbox.get_nowait())
        except queue.Empty:
            pass
        self.write()

    def conclude(self, systems: list[models.DownstreamSystem]) -> None:
        """Marks unfinished sources as late, and reports the records that all sources together left over."""
        for system in systems:
            if system.pk not in self.ended:
                self.end(system, trouble.DeadlineReached("did not answer everything in the time given"))
                self.moved.add(system.pk)
            if lines.remark(self.rows[system.pk], self.applier.remarks(system), self.applier.questions(system)):
                self.moved.add(system.pk)
        self.write()

    def write(self) -> None:
        if self.moved:
            with transaction.atomic():
                lines.write(lines=[self.rows[pk] for pk in sorted(self.moved)], now=self.now_fn())
                self.on_change()
            self.moved.clear()


def gather(
    *,
    run: models.SuggestionRun,
    now_fn: Callable[[], datetime],
    deadline: float,
    stop: Callable[[], bool],
    on_change: Callable[[], None],
) -> Gathered:
    """Reads all enabled sources side by side for at most `deadline` seconds and stores what they say.

    Each source has a progress line; `on_change` is called in the transaction of each change of the lines, publishes it,
    and may raise to end everything when the run has been lost. What is read is stored as it arrives, with its
    consequences. A source that does not answer in time ends LATE, one that refuses ends DOWN; what was known of it
    before stays in use. Ends early, partial, when `stop` says so.
    """
    systems = list(models.DownstreamSystem.objects.filter(enabled=True, is_source=True))
    with transaction.atomic():
        rows = lines.begin(run=run, systems=systems, now=now_fn())
        on_change()
    applier = Applier(run.district)
    _read(_Gathering(run, now_fn, on_change, applier, rows, read_at=now_fn()), systems, deadline, stop)
    return Gathered(
        partial=any(line.status != lines.Status.DONE for line in rows.values()),
        order_ids=frozenset(applier.order_ids),
        crew_ids=frozenset(applier.crew_ids),
    )


def _read(state: _Gathering, systems: list[models.DownstreamSystem], deadline: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + deadline + _GRACE
    for system in systems:
        reading.start(
            system=system,
            district=state.run.district.code,
            since=dict(system.versions),
            seconds=deadline,
            stop=stop,
            tell=state.inbox,
        )
    while len(state.ended) < len(systems) and time.monotonic() < until and not stop():
        state.drain(_LOOK, stop)
    state.conclude(systems)
