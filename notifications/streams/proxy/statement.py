"""Statement about the reader in a held stream's next link. Encrypted: addresses reach logs, session keys must not."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from notifications.streams.fanout.frames import Flavour
from notifications.streams.fanout.viewers import Credential, Viewer

# Seconds. The proxy asks at least every half minute, but not while the reader's connection is full.
_LIFE = 600


class StatementUnreadable(ValueError):
    """Not written by us, or too long ago."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Reader and channels: enough to check the reader again and to find events that the proxy has missed.

    Everything through position `told` of the epoch has been told; the log's end was at `seen` when this was written.
    `ends_at`, when the stream's life ends, is in seconds since 1970.
    """

    viewer: Viewer
    flavour: Flavour
    epoch: str
    told: int
    seen: int
    ends_at: float

    def seal(self) -> str:
        """The statement as it may travel in an address; never twice the same, so that no two streams share a link."""
        viewer = self.viewer
        if viewer.credential is not None and not isinstance(viewer.credential, Credential):
            raise TypeError("Only a named credential can be asked again from elsewhere.")
        said: dict[str, Any] = {
            "user": viewer.user_id,
            "channels": sorted(viewer.channels),
            "session": [viewer.session_key, viewer.session_hash],
            "credential": asdict(viewer.credential) if viewer.credential else None,
            "flavour": self.flavour,
            "epoch": self.epoch,
            "told": self.told,
            "seen": self.seen,
            "ends_at": self.ends_at,
        }
        return _cipher().encrypt(json.dumps(said).encode()).decode()


def unseal(text: str) -> Statement:
    """The statement that was sealed; raises StatementUnreadable."""
    try:
        said = json.loads(_cipher().decrypt(text, ttl=_LIFE))
    except InvalidToken:
        raise StatementUnreadable("This is no statement of a stream that is held now.") from None
    session_key, session_hash = said["session"]
    credential = Credential(**said["credential"]) if said["credential"] else None
    viewer = Viewer(said["user"], frozenset(said["channels"]), session_key, session_hash, credential)
    return Statement(viewer, said["flavour"], said["epoch"], said["told"], said["seen"], said["ends_at"])


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    digest = salted_hmac("notifications.streams.proxy.statement", "key", secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest)
