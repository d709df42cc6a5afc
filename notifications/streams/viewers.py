"""Who reads a stream and by what right; asked again while the stream is open."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from notifications.services import access
from notifications.streams import channels

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A reader: the user, what the user was let in to, and the session or the credential behind it.

    `credential` is asked for streams that no session carries; False ends the stream.
    """

    user_id: int
    channels: frozenset[str]
    session_key: str | None = None
    session_hash: str = ""
    credential: Callable[[], bool] | None = None

    @property
    def session(self) -> str | None:
        """The digest by which a logout names the session."""
        return access.session_digest(self.session_key) if self.session_key else None


def viewer_of(
    request: HttpRequest, names: Iterable[str], credential: Callable[[], bool] | None = None
) -> Viewer | None:
    """The reader of this request, or None when one of the channels is not for them."""
    names = frozenset(names)
    user = request.user
    if not names or user.pk is None or not all(channels.can_read(user, name) for name in names):
        return None
    if credential is not None:
        return Viewer(user.pk, names, credential=credential)
    return Viewer(user.pk, names, request.session.session_key, request.session.get(HASH_SESSION_KEY, ""))


def refused(viewers: Iterable[Viewer]) -> set[Viewer]:
    """Those of the viewers who may no longer read what they read.

    One query for all users and one for all sessions; one per pair of user and channel, each asked once.
    """
    viewers = list(viewers)
    users = get_user_model().objects.in_bulk({viewer.user_id for viewer in viewers})
    hashes = _hashes_of_sessions({viewer.session_key for viewer in viewers if viewer.session_key})
    allowed: dict[tuple[int, str], bool] = {}

    def may_read(user: AbstractBaseUser, name: str) -> bool:
        pair = (user.pk, name)
        if pair not in allowed:
            allowed[pair] = channels.can_read(user, name)
        return allowed[pair]

    def holds(viewer: Viewer) -> bool:
        user = users.get(viewer.user_id)
        try:
            return (
                user is not None
                and _is_entitled(viewer, user, hashes)
                and all(may_read(user, c) for c in viewer.channels)
            )
        except DatabaseError:
            # Nobody can be judged now; the next review will.
            raise
        except Exception:  # deny by default, and let one broken rule not keep the others from being asked
            logger.exception("A rule about %s failed, so it refuses.", sorted(viewer.channels))
            return False

    return {viewer for viewer in viewers if not holds(viewer)}


def _is_entitled(viewer: Viewer, user: AbstractBaseUser, hashes: Mapping[str, str]) -> bool:
    if viewer.credential is not None:
        return viewer.credential()
    if viewer.session_key is None:
        return False
    if not constant_time_compare(hashes.get(viewer.session_key, ""), viewer.session_hash):
        return False
    # A changed password changes this hash, and with it ends every session that was made under the old one.
    return constant_time_compare(viewer.session_hash, user.get_session_auth_hash())


def _hashes_of_sessions(keys: Collection[str]) -> dict[str, str]:
    """The authentication hash of each session that lives; read without the session middleware.

    A stream must not prolong the session that it depends on.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if store is db.SessionStore:
        rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        return {row.session_key: row.get_decoded().get(HASH_SESSION_KEY, "") for row in rows}
    return {key: store(key).get(HASH_SESSION_KEY, "") for key in keys}
