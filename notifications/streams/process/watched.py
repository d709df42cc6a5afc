"""An open page as this process has shown it last, and which reader lacks which piece of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from typing import Any

from django.utils import timezone

from notifications.streams.fanout import limits
from notifications.streams.fanout.pages import EVERYTHING, Changed, Everything, LivePage, PageContent
from notifications.wire import event_ids

_AROUND, _SEQUENCE = ("", "around"), ("", "sequence")
_LOOK = 0.03
"""Seconds between two looks whether another process has rendered a page."""


class Watched:
    """One page as this process has rendered it last, and at which position of the log each piece became what it is.

    What is shown was read between two places: `through`, up to which it shows everything, and `latest`, beyond which it
    shows nothing. A reader is told the first, and gets what may have changed up to the second.
    """

    def __init__(self, page: LivePage, through: event_ids.Cursor) -> None:
        self.page = page
        self.through = through
        self.born = self.latest = through.position
        self.shown = PageContent({})
        self.since: dict[tuple[str, str], float] = {}
        self.stale: set[str] | Everything | None = None
        # The reader of the log notes while the painter takes.
        self._lock = threading.Lock()
        self.painted_at = self.wanted_at = time.monotonic()
        # Since when another process of the installation has been rendering it for us.
        self.left_since: float | None = None

    def begin(self, shown: PageContent, latest: int) -> None:
        """Takes what is shown at first."""
        self.shown = shown
        self.born = self.latest = latest
        self.since = dict.fromkeys(_pieces(shown), latest)

    def note(self, changed: Changed) -> None:
        """These rows may be others now, and whatever stands around them."""
        with self._lock:
            if isinstance(changed, Everything) or isinstance(self.stale, Everything):
                self.stale = EVERYTHING
            else:
                self.stale = (self.stale or set()) | set(changed)

    def take(self) -> Changed:
        """Everything noted so far, which is then for the caller to render."""
        with self._lock:
            taken, self.stale = self.stale, None
        return frozenset[str]() if taken is None else taken

    @property
    def is_due(self) -> bool:
        """Whether it is to be rendered now."""
        if self.shown.until is not None and self.shown.until <= timezone.now():
            self.stale = EVERYTHING
        return self.stale is not None and time.monotonic() >= self.due

    @property
    def due(self) -> float:
        """When what has changed is to be rendered, by the monotonic clock."""
        if self.left_since is not None:
            return self.painted_at + _LOOK
        stale = EVERYTHING if self.stale is None else self.stale
        return self.painted_at + max(limits.current().page_pause, self.page.kind.pause(self.page.query, stale))

    def renew(self, through: event_ids.Cursor, shown: PageContent, latest: int) -> dict[str, Any]:
        """Takes what is shown now; answers what of it is other than before."""
        before, after = _pieces(self.shown), _pieces(shown)
        # What time alone has changed lies behind the last event, and before the next.
        at = latest if latest > self.latest else self.latest + 0.5
        differing = {piece for piece, text in after.items() if piece not in before or before[piece] != text}
        self.since = {piece: at if piece in differing else self.since[piece] for piece in after}
        self.through, self.latest, self.shown = through, max(latest, self.latest), shown
        return self._said(differing)

    def after(self, position: int | None) -> dict[str, Any]:
        """Everything that a reader lacks who was shown all up to the position; the whole page for None."""
        return self._said({piece for piece, since in self.since.items() if position is None or since > position})

    def _said(self, pieces: Collection[tuple[str, str]]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for kind, name in pieces:
            if kind:
                said.setdefault(kind, {})[name] = getattr(self.shown, kind)[name]
        if _SEQUENCE in pieces:
            said["sequence"] = list(self.shown.rows)
        if _AROUND in pieces:
            said["around"] = self.shown.around
        return said


def _pieces(shown: PageContent) -> dict[tuple[str, str], Any]:
    found = {(kind, name): text for kind in ("parts", "rows") for name, text in getattr(shown, kind).items()}
    return {**found, _AROUND: shown.around, _SEQUENCE: tuple(shown.rows)}
