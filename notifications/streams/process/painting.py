"""Keeps the open pages of this process up to date: what an event changes is rendered once for all who look at it.

Events are told first, and never wait for a page. What changes while a page is being rendered is rendered with the next
turn, so a burst costs a turn and not a rendering each; and rendering takes half of the process's time at most.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from notifications.services import connections, positions
from notifications.streams.fanout.frames import Frame
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.pages import (
    EVERYTHING,
    Changed,
    LivePage,
    PageContent,
    Query,
    frame,
)
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.process.shared import Rendering, SharedPages
from notifications.streams.process.watched import Watched
from notifications.wire import event_ids

logger = logging.getLogger(__name__)

_KEPT = 30.0
"""Seconds for which a page that nobody has open any more is kept: most come back."""
_GLANCE = 1.0
_LEFT_TO_OTHERS = 0.5
"""Seconds after which a process renders a page although another one has said that it would."""
_ROUND = 15.0
"""Seconds between two times that pages are told who looks at them."""


def _head() -> int:
    """The end of the log: what was read before shows nothing behind it."""
    return positions.log_state().head


class Painter:
    """The open pages of one process, and the thread that renders them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._watched: dict[str, Watched] = {}
        self._joining: deque[tuple[Subscriber, LivePage, str]] = deque()
        self._woken = threading.Event()
        self._round_at = time.monotonic() + _ROUND
        self._shared = SharedPages(settings.REDIS_URL)
        self._noting = threading.Lock()
        # Up to here every change was noted. The hub may have read further and not said so yet.
        self._heard = hub.place()
        hub.on_told = self._hear

    def join(self, subscriber: Subscriber, page: LivePage, since: str) -> None:
        """Has the stream told of the page, beginning with what has changed since the cursor."""
        self._joining.append((subscriber, page, since))
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    def run(self, is_over: Callable[[], bool]) -> None:
        """Renders until it is over."""
        busy_until = 0.0
        while not is_over():
            self._woken.wait(self._rest())
            self._woken.clear()
            try:
                while self._joining:
                    self._welcome(*self._joining[0])
                    # Only now: whoever came while the database was away is told when it is back.
                    self._joining.popleft()
                for watched in [one for one in self._watched.values() if one.is_due]:
                    began = time.monotonic()
                    self._paint(watched)
                    connections.give_back()
                    busy_until = time.monotonic() + _GLANCE
                    # As long again for everything else that this process does.
                    time.sleep(min(_GLANCE, time.monotonic() - began))
                self._forget()
                if time.monotonic() > self._round_at:
                    self._round_at = time.monotonic() + _ROUND
                    self._tell_who_looks()
                connections.give_back()
            except Exception:
                logger.exception("The open pages could not be kept up to date and will be tried again.")
                connection.close()
                time.sleep(_GLANCE)
            if time.monotonic() > busy_until:
                connection.close()
        connection.close()

    def _rest(self) -> float:
        """Seconds until a page is due, if nothing is heard."""
        stale = [one.due - time.monotonic() for one in self._watched.values() if one.stale is not None]
        return max(0.0, min([_GLANCE, *stale]))

    def _hear(self, frames: Sequence[Frame]) -> None:
        with self._noting:
            for watched in list(self._watched.values()):
                for one in frames:
                    changed = watched.page.concerned(one)
                    if changed is not None:
                        watched.note(changed)
            self._heard = event_ids.parse(frames[-1].id)
        self._woken.set()

    def _welcome(self, subscriber: Subscriber, page: LivePage, since: str) -> None:
        watched = self._watched.get(page.name)
        if watched is None or watched.through.epoch != self._hub.epoch:
            watched = self._begun(page)
        if watched is None:
            self._hub.tell_page(frame(page, ask=True), to=subscriber)
            return
        watched.wanted_at = time.monotonic()
        said = watched.after(self._seen(watched, since))
        if said:
            self._hub.tell_page(frame(page, through=str(watched.through), **said), to=subscriber)
        self._hub.watch(subscriber, page.name)

    def _begun(self, page: LivePage) -> Watched | None:
        """The page from now on; None when it cannot be rendered."""
        watched = Watched(page, self._hub.place())
        # Before it is rendered: what changes meanwhile is noted.
        self._watched[page.name] = watched
        try:
            made = self._shared.find(page, at_least=watched.through) or self._made(
                page, watched.through, {}, EVERYTHING
            )
            if made is not None:
                watched.through = made.through
                watched.begin(made.content, made.latest)
                return watched
        except Exception:
            del self._watched[page.name]
            raise
        del self._watched[page.name]
        return None

    def _seen(self, watched: Watched, since: str) -> int | None:
        """The position up to which the reader was shown what this process knows of, or None."""
        try:
            cursor = event_ids.parse(since)
        except event_ids.CursorUnreadable:
            return None
        born = watched.born
        if cursor.epoch != watched.through.epoch:
            return None
        if cursor.position >= born:
            return cursor.position
        # Time alone may have changed it since.
        if watched.shown.until is not None:
            return None
        # What changed before this process looked is not known piece by piece; most often nothing did.
        missed = self._hub.recent(after=cursor.position, through=born, channels={watched.page.channel})
        concerned = (watched.page.concerned(one) for one in missed)
        return None if any(changed is not None for changed in concerned) else born

    def _paint(self, watched: Watched) -> None:
        page = watched.page
        with self._noting:
            heard, changed = self._heard, watched.take()
        if self._hub.epoch != watched.through.epoch:
            del self._watched[page.name]
            return
        is_news = heard.epoch == watched.through.epoch and heard.position > watched.through.position
        through = heard if is_news else watched.through
        try:
            # Time alone may have changed it: what was rendered before then does not count.
            made = self._shared.find(page, at_least=through) if is_news else None
            if made is None and is_news and self._is_left(watched):
                watched.note(changed)
                return
            if made is None and is_news:
                # Laid there by another between the look and the claim.
                made = self._shared.find_claimed(page, at_least=through)
            if made is None:
                made = self._made(page, through, watched.shown.rows, changed)
        except Exception:
            watched.note(changed)
            raise
        watched.painted_at, watched.left_since = time.monotonic(), None
        if made is None:
            self._hub.tell_page(frame(page, ask=True), page=page.name)
        elif said := watched.renew(made.through, made.content, made.latest):
            self._hub.tell_page(frame(page, through=str(made.through), **said), page=page.name)

    def _is_left(self, watched: Watched) -> bool:
        """Whether another process renders the page, and for not too long yet."""
        now = time.monotonic()
        if self._shared.claim(watched.page, epoch=watched.through.epoch):
            return False
        if watched.left_since is None:
            watched.left_since = now
        watched.painted_at = now
        return now < watched.left_since + _LEFT_TO_OTHERS

    def _made(self, page: LivePage, through: event_ids.Cursor, known: Any, changed: Changed) -> Rendering | None:
        """The page as it is now, for the other processes too; None when it cannot be rendered."""
        shown = self._show(page, known, changed)
        if shown is None:
            return None
        made = Rendering(shown, through, _head())
        self._shared.keep(page, made)
        return made

    def _show(self, page: LivePage, known: Any, changed: Changed) -> PageContent | None:
        """The page as it is now; None when it cannot be rendered, so that its readers ask for it themselves.

        Raises DatabaseError and InterfaceError: the page is rendered when the database is back.
        """
        try:
            return page.kind.show(page.query, known, changed)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            logger.exception("The open page %s could not be rendered.", page.name)
            return None

    def _tell_who_looks(self) -> None:
        """Tells each kind of page that wants to know who has its pages open."""
        looking: dict[Callable[[Collection[tuple[Query, int]]], None], list[tuple[Query, int]]] = defaultdict(list)
        for name, watched in list(self._watched.items()):
            tell = watched.page.kind.looked_at
            if tell is not None:
                looking[tell] += [(watched.page.query, person) for person in self._hub.looking_at(name)]
        for tell, pairs in looking.items():
            if pairs:
                tell(pairs)

    def _forget(self) -> None:
        now = time.monotonic()
        for name, watched in list(self._watched.items()):
            if self._hub.is_watched(name):
                watched.wanted_at = now
            elif now > watched.wanted_at + _KEPT:
                del self._watched[name]
