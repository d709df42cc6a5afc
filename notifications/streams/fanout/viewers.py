"""Reader of a stream and its credential; checked again while the stream is open."""

from __future__ import annotations

import functools
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

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
from notifications.streams.fanout import channels

logger = logging.getLogger(__name__)


_credentials: dict[str, Callable[[str], bool]] = {}


class CredentialTaken(ValueError):
    """Another question is asked about credentials of this kind."""


def register_credential(kind: str, is_valid: Callable[[str], bool]) -> None:
    """Lets `is_valid(key)` say whether the credential of this kind is still good. Raises CredentialTaken."""
    if _credentials.setdefault(kind, is_valid) is not is_valid:
        raise CredentialTaken(f"Credentials of the kind {kind} are already asked after.")


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential by name, so that it can be asked after wherever the stream's next link arrives."""

    kind: str
    key: str

    def __call__(self) -> bool:
        return _credentials[self.kind](self.key)


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
    """Viewers that may no longer read their channels.

    One query for all users, one for all sessions, and what the policies ask once per channel. A rule that breaks
    refuses those whom it is about; raises DatabaseError, because then nobody can be judged.
    """
    viewers = set(viewers)
    users = get_user_model().objects.in_bulk({viewer.user_id for viewer in viewers})
    hashes = _hashes_of_sessions({viewer.session_key for viewer in viewers if viewer.session_key})
    entitled = {viewer for viewer in viewers if viewer.user_id in users}
    entitled = {viewer for viewer in entitled if _holds(_is_entitled, viewer, users[viewer.user_id], hashes)}
    asking: dict[str, dict[int, AbstractBaseUser]] = defaultdict(dict)
    for viewer in entitled:
        for name in viewer.channels:
            asking[name][viewer.user_id] = users[viewer.user_id]
    readers = {name: _holds(channels.readers, who.values(), name) for name, who in asking.items()}
    return viewers - {viewer for viewer in entitled if all(viewer.user_id in readers[c] for c in viewer.channels)}


def _holds(rule: Callable[..., Any], *about: Any) -> Any:
    """Result of the rule; a rule that fails denies all, and does not keep the others from being checked."""
    try:
        return rule(*about)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A rule failed, so it refuses.")
        return ()


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
    if issubclass(store, db.SessionStore):
        rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        return {key: _hash_in(data) for key, data in rows.values_list("session_key", "session_data")}
    return {key: store(key).get(HASH_SESSION_KEY, "") for key in keys}


# Kept, because it verifies a signature and unpacks: at 10,000 streams that would be a second of each review.
@functools.lru_cache(maxsize=20_000)
def _hash_in(session_data: str) -> str:
    found: str = db.SessionStore().decode(session_data).get(HASH_SESSION_KEY, "")
    return found
