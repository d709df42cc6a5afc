"""Pages that the streams keep up to date: each is rendered once a process, for everybody who has the same one open.

A page is named by its kind and its parameters, `board?day=2026-11-30&district=3`. An app registers a kind with what the
page shows now; a stream names the pages of its reader, and is sent what differs from what each of them shows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict

from notifications.streams.fanout.frames import Flavour, Frame
from notifications.wire import event_types, sse

LONGEST = 600
"""Characters of a page's name."""
MOST = 24
"""Pages of one connection: the tabs of a browser share one."""
_LONGEST_ID = 18
"""Digits."""


class PageUnknown(ValueError):
    """No page has this name, or its parameters make no sense."""


class PageKindUnknown(PageUnknown):
    """No page of this kind is known here; to another release of Lineup it may be."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """Text of a page at one moment, the same for everybody who may read its channel.

    `parts` are HTML by the name of their `data-part`. `rows` are HTML by key, or what a script draws, in their
    sequence; `around` is the element that holds them, without them, or what stands there when there are none. At
    `until` time alone changes the page.
    """

    parts: Mapping[str, str]
    rows: Mapping[str, Any] = field(default_factory=dict)
    around: str = ""
    until: datetime | None = None


class Everything:
    """In place of keys: any row may be another now."""


EVERYTHING: Final = Everything()
Changed = Collection[str] | Everything
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PageKind:
    """One kind of page.

    `channel` names the channel that the page's readers must be able to read, and raises PageUnknown for parameters
    that make no sense. `changed` answers which rows an event of the log concerns, by its channel, name and data, or
    None when the page shows nothing of it. `show` renders: all of it, or the rows that are `known` already with
    those that have changed or are new. `pause` answers the seconds that lie at least between two renderings when no
    more than this has changed. `looked_at` is told from time to time which pages are open, and by whom: a page and the
    id of a user, each pair once.
    """

    name: str
    channel: Callable[[Query], str]
    changed: Callable[[Query, str, str, Mapping[str, Any]], Changed | None]
    show: Callable[[Query, Mapping[str, Any], Changed], PageContent]
    pause: Callable[[Query, Changed], float] = lambda query, changed: 0.0
    looked_at: Callable[[Collection[tuple[Query, int]]], None] | None = None


@dataclass(frozen=True, slots=True)
class LivePage:
    """One page that is open somewhere, by its canonical `name`."""

    name: str
    kind: PageKind
    query: Query
    channel: str

    def concerned(self, told: Frame) -> Changed | None:
        """The rows that the event concerns, or None."""
        return self.kind.changed(self.query, told.channel, told.type, told.data)


_kinds: dict[str, PageKind] = {}


class PageKindTaken(ValueError):
    """Another kind of page has this name."""


def register_kind(kind: PageKind) -> None:
    """Makes the kind known; raises PageKindTaken."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise PageKindTaken(f"Another kind of page is called {kind.name}.")


def name_of(kind: str, parameters: Mapping[str, object]) -> str:
    """The canonical name: parameters in the order of the alphabet, without those that are empty."""
    return f"{kind}?{urlencode(sorted((key, str(value)) for key, value in parameters.items() if value))}"


def page_of(name: str) -> LivePage:
    """The page of this name; raises PageUnknown."""
    prefix, _, query = name.partition("?")
    kind = _kinds.get(prefix)
    if kind is None:
        raise PageKindUnknown(f"There is no page called {prefix[:40]!r}.")
    if len(name) > LONGEST:
        raise PageUnknown(f"The name of a page has {LONGEST} characters at most.")
    parameters = {key: str(value) for key, value in QueryDict(query).items()}
    return LivePage(name_of(prefix, parameters), kind, parameters, kind.channel(parameters))


def is_id(text: str) -> bool:
    """Whether a parameter is the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page as a browser has it open: it shows all up to the cursor `since`."""

    page: LivePage
    since: str


def open_pages(asked: Sequence[str]) -> list[OpenPage]:
    """The pages of `page=<cursor>~<name>`; raises PageUnknown, also for more than a browser has reason to name.

    Kinds that are not known are left out: while an upgrade rolls, a page of the new release may reach a process of the
    old one. Its cursor stays, so that the next process tells it what it lacks.
    """
    if len(asked) > MOST:
        raise PageUnknown(f"One connection keeps {MOST} pages at most.")
    opened = []
    for since, _, name in (one.partition("~") for one in asked):
        with contextlib.suppress(PageKindUnknown):
            opened.append(OpenPage(page_of(name), since))
    return opened


@dataclass(frozen=True, slots=True)
class PageFrame:
    """News of a page, ready for the wire. It has no place in the log: a reader's cursor stays where it is."""

    text: bytes
    position: None = None

    def encoded(self, flavour: Flavour) -> bytes:
        """The bytes; only browsers open pages."""
        return self.text if flavour == "browser" else b""


def frame(page: LivePage, **said: Any) -> PageFrame:
    """The frame of a `page.changed` that says this of the page."""
    data = {"page": page.name, **said}
    return PageFrame(sse.encode(sse.ServerSentEvent(event_types.PAGE_CHANGED.name, data)))
