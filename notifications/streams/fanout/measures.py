"""Numbers of the streams of this process, for monitoring; a server's processes are added up when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from notifications.services import database_clock

STREAMS = Gauge("lineup_streams_open", "Streams that are open now", multiprocess_mode="livesum")
LAG = Histogram(
    "lineup_stream_lag_seconds",
    "From an event's writing in its transaction until it was sent to the streams of a process",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
REPLAYS = Counter("lineup_stream_replays", "Streams that came back and were told what they had missed")
REPLAYED = Counter("lineup_stream_replayed_events", "Events that streams were told when they came back")
RESETS = Counter("lineup_stream_resets", "Streams that had to load their page anew", ["reason"])
REFUSALS = Counter("lineup_stream_refusals", "Streams that were not opened", ["reason"])


def told(created: Sequence[datetime]) -> None:
    """Counts how late the events of one look at the log were, the first of them standing for all."""
    if created:
        # Another machine's clock may be ahead, by less than is noticed.
        LAG.observe(max(0.0, (database_clock.now() - created[0]).total_seconds()))


def replayed(events: int) -> None:
    """Counts a stream that came back, unless it has missed nothing."""
    if events:
        REPLAYS.inc()
        REPLAYED.inc(events)
