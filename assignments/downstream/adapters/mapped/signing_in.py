"""Credentials of a mapped system, put on each request; short tokens are renewed."""

from __future__ import annotations

import base64
import dataclasses
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from assignments.downstream import client, lenient, secret_values
from assignments.downstream.adapters.mapped.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, ClientCredentials
from assignments.downstream.trouble import DeadlineReached, SystemUnavailable

LONGEST_MARGIN = 30.0
"""Seconds before its end that a token is not used any more; of a short one a fifth of its life."""
USUAL_LIFE = 300.0
"""Seconds of a token that does not say how long it lives."""
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class ShownCredentials:
    """Headers and parameters by which a request is let in."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


class Credentials(ABC):
    """Reads secrets when they are used, so that one that was changed counts at once."""

    @abstractmethod
    def shown(self, http: client.Client, limits: client.ReadingLimits) -> ShownCredentials:
        """Raises SystemUnavailable when they are not to be had; then nothing was asked for or told."""

    def renew(self, refused: ShownCredentials) -> bool:
        """Whether others may be had, now that these were refused."""
        return False

    @abstractmethod
    def secrets(self) -> list[str]:
        """All that must not be shown to anybody, as far as it is known."""


class NoCredentials(Credentials):
    def shown(self, http: client.Client, limits: client.ReadingLimits) -> ShownCredentials:
        return ShownCredentials()

    def secrets(self) -> list[str]:
        return []


class SentCredentials(Credentials):
    """A secret that goes with each request as it is."""

    def __init__(self, auth: BearerAuth | BasicAuth | ApiKeyAuth) -> None:
        self._auth = auth

    def shown(self, http: client.Client, limits: client.ReadingLimits) -> ShownCredentials:
        match self._auth:
            case BearerAuth(token_env=name):
                return ShownCredentials({"Authorization": f"Bearer {secret_values.read(name)}"})
            case BasicAuth(username=user, password_env=name):
                return ShownCredentials({"Authorization": f"Basic {_basic(user, secret_values.read(name))}"})
            case ApiKeyAuth(key_env=env, name=name, place=place):
                key = {name: secret_values.read(env)}
                return ShownCredentials(params=key) if place == "query" else ShownCredentials(key)

    def secrets(self) -> list[str]:
        match self._auth:
            case BearerAuth(token_env=name) | BasicAuth(password_env=name) | ApiKeyAuth(key_env=name):
                pass
        value = _value(name)
        is_basic = isinstance(self._auth, BasicAuth)
        return [value, _basic(self._auth.username, value)] if value and is_basic else [value]  # type: ignore[union-attr]


class FetchedToken(Credentials):
    """A token by OAuth's client credentials, shared by the threads of a process."""

    def __init__(self, auth: ClientCredentials, address: str) -> None:
        self._auth, self._address = auth, address
        self._lock = threading.Lock()
        self._token, self._ends = "", 0.0

    def shown(self, http: client.Client, limits: client.ReadingLimits) -> ShownCredentials:
        # One fetches, the others wait for it; each exchange has a deadline, and so this wait.
        if not self._lock.acquire(timeout=max(0.0, limits.left)):
            raise DeadlineReached("did not give a token in the time given", is_sent=False)
        try:
            if time.monotonic() >= self._ends:
                self._fetch(http, limits)
            return ShownCredentials({"Authorization": f"Bearer {self._token}"})
        finally:
            self._lock.release()

    def renew(self, refused: ShownCredentials) -> bool:
        with self._lock:
            if refused.headers.get("Authorization") == f"Bearer {self._token}":
                self._ends = 0.0
        return True

    def secrets(self) -> list[str]:
        secret = _value(self._auth.client_secret_env)
        return [secret, quote_plus(secret), _basic(quote_plus(self._auth.client_id), quote_plus(secret)), self._token]

    def _fetch(self, http: client.Client, limits: client.ReadingLimits) -> None:
        auth, secret = self._auth, secret_values.read(self._auth.client_secret_env)
        form = {"grant_type": "client_credentials", **auth.params, **({"scope": auth.scope} if auth.scope else {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if auth.send == "basic":
            headers["Authorization"] = f"Basic {_basic(quote_plus(auth.client_id), quote_plus(secret))}"
        else:
            form |= {"client_id": auth.client_id, "client_secret": secret}
        small = dataclasses.replace(limits, travelling=_MOST_BYTES, unpacked=_MOST_BYTES)
        began = time.monotonic()
        try:
            answer = http.exchange(
                "POST", below(self._address, auth.token_url), limits=small, content=urlencode(form).encode(),
                headers=headers,
            )  # fmt: skip
        except SystemUnavailable as error:
            # Whatever became of this request, what the token is for was not sent.
            error.is_sent = False
            raise
        if not answer.is_success:
            refusal = answer.refusal()
            raise SystemUnavailable(
                f"gives no token: {refusal.detail}", permanent=refusal.permanent, retry_after=refusal.retry_after,
                is_sent=False,
            )  # fmt: skip
        self._token, life = _token_of(answer)
        self._ends = began + life - min(LONGEST_MARGIN, life / 5)


_fetched: dict[tuple[str, str], FetchedToken] = {}
"""Of this process, so that all who ask a system share its token."""


def of(auth: Auth | None, address: str) -> Credentials:
    """The credentials of a system at that address."""
    if auth is None:
        return NoCredentials()
    if isinstance(auth, ClientCredentials):
        return _fetched.setdefault((auth.model_dump_json(), address), FetchedToken(auth, address))
    return SentCredentials(auth)


def below(address: str, path: str) -> str:
    """The address of a path below a system's own; an address of its own as it is."""
    if "://" in path:
        return path
    return f"{address.rstrip('/')}/{path.lstrip('/')}" if path else address


def _token_of(answer: client.RawAnswer) -> tuple[str, float]:
    """The token, and its life in seconds."""
    try:
        given = lenient.loads(answer.body)
    except ValueError:
        given = None
    token = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise SystemUnavailable("gives no token: its answer has no access_token", is_sent=False)
    try:
        life = float(given.get("expires_in") or USUAL_LIFE)
    except (TypeError, ValueError, OverflowError):
        life = USUAL_LIFE
    return token, min(max(life, 0.0), 86_400.0)


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _value(name: str) -> str:
    """The secret if it can be had: to be hidden, not to be used."""
    try:
        return secret_values.given(name).strip()
    except SystemUnavailable:
        return ""
