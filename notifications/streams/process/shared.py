"""Pages that another process of the installation has rendered, by way of Redis: each is rendered once for all.

What lies there may go at any time, and so may Redis: then each process renders for itself.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import redis
from django.apps import apps
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from notifications.streams.fanout.pages import LivePage, PageContent
from notifications.wire import event_ids

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
_KEPT = 60
"""Seconds for which a page lies there."""
_CLAIMED = 2_000
"""Milliseconds in which a process that said it would render a page has done so, or died."""
_PATIENCE = 0.25
"""Seconds that Redis may take to answer."""
_WITHOUT = 10.0
"""Seconds for which a Redis that did not answer is not asked again."""
_SHAPE = 1
"""Grows when what lies there is written otherwise; processes of two versions then share nothing."""


@functools.cache
def release() -> str:
    """A digest of the code and templates of this process: only processes of the same share what they render."""
    digest = hashlib.sha256()
    templates: list[Path] = settings.TEMPLATES[0]["DIRS"]  # type: ignore[assignment]
    folders = [*(Path(config.path) for config in apps.get_app_configs()), *templates]
    ours = [one for one in folders if one.is_relative_to(settings.BASE_DIR) and "site-packages" not in one.parts]
    for path in sorted(file for one in ours for kind in ("*.py", "*.html") for file in one.rglob(kind)):
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page as it was rendered: everything up to `through` is in it, nothing beyond the position `latest`."""

    content: PageContent
    through: event_ids.Cursor
    latest: int


class SharedPages:
    """The renderings of all processes; without an address of Redis there are none."""

    def __init__(self, url: str) -> None:
        self._release = release() if url else ""
        self._asked_again_at = 0.0
        self._redis = None
        if url:
            bounds = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE}
            self._redis = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **bounds)

    def find(self, page: LivePage, *, at_least: event_ids.Cursor) -> Rendering | None:
        """A rendering that shows everything up to this place, or more."""
        kept = self._ask(lambda there: there.get(self._key("page", page, at_least.epoch)))
        if not kept:
            return None
        found = _read(json.loads(kept))
        return found if found.through.position >= at_least.position else None

    def keep(self, page: LivePage, made: Rendering) -> None:
        """Lays the rendering there, and takes back the claim."""
        key, claim = (self._key(kind, page, made.through.epoch) for kind in ("page", "claim"))
        text = json.dumps(_written(made))

        def lay(there: redis.Redis) -> None:
            with there.pipeline(transaction=False) as both:
                both.set(key, text, ex=_KEPT)
                both.delete(claim)
                both.execute()

        self._ask(lay)

    def claim(self, page: LivePage, *, epoch: str) -> bool:
        """Whether this process is to render the page; False while another one is at it."""
        key = self._key("claim", page, epoch)
        taken = self._ask(lambda there: there.set(key, 1, px=_CLAIMED, nx=True) is None)
        return not taken

    def find_claimed(self, page: LivePage, *, at_least: event_ids.Cursor) -> Rendering | None:
        """As `find`, of a page that this process was to render; where it is there, the claim is taken back."""
        if made := self.find(page, at_least=at_least):
            self._ask(lambda there: there.delete(self._key("claim", page, at_least.epoch)))
        return made

    def _key(self, kind: str, page: LivePage, epoch: str) -> str:
        named = hashlib.sha256(page.name.encode()).hexdigest()[:32]
        return f"lineup:{kind}:{_SHAPE}:{self._release}:{epoch}:{named}"

    def _ask(self, question: Callable[[redis.Redis], Answer]) -> Answer | None:
        """The answer; None when there is no Redis, or none that answers."""
        if self._redis is None or time.monotonic() < self._asked_again_at:
            return None
        try:
            return question(self._redis)
        except redis.RedisError as error:
            logger.warning("Open pages are not shared for a while, Redis: %s", error)
            self._asked_again_at = time.monotonic() + _WITHOUT
            return None


def _written(made: Rendering) -> dict[str, Any]:
    content = made.content
    return {
        "through": str(made.through),
        "latest": made.latest,
        "parts": dict(content.parts),
        "rows": dict(content.rows),
        "around": content.around,
        "until": content.until.isoformat() if content.until else None,
    }


def _read(kept: Mapping[str, Any]) -> Rendering:
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    content = PageContent(kept["parts"], kept["rows"], kept["around"], until)
    return Rendering(content, event_ids.parse(kept["through"]), kept["latest"])
