"""Exchanges with a mapped system: requests under its address, with its credentials."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import httpx

from assignments.downstream import bodies, client
from assignments.downstream.adapters.mapped import signing_in
from assignments.downstream.adapters.mapped.words import Scalar

_HIDDEN = "•••"
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class MappedRequest:
    """A request without its credentials."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def shown(self) -> str:
        """It in lines, as people write it down."""
        asked = f"?{urlencode(self.params, safe='{}:,')}" if self.params else ""
        lines = [f"{self.method} {self.url}{asked}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join([*lines, *(["", self.content.decode(errors="replace")] if self.content else [])])


def params_of(given: Mapping[str, Scalar]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _as_param(value)) for name, value in given.items())


class MappedHttp:
    """The exchanges; for several threads at once."""

    def __init__(self, http: client.Client, credentials: signing_in.Credentials, headers: Mapping[str, str]) -> None:
        self._http, self._credentials, self._headers = http, credentials, headers

    def send(self, request: MappedRequest, limits: client.ReadingLimits) -> client.RawAnswer:
        """Whatever is answered; a token that is not taken any more is renewed once.

        Raises SystemUnavailable when nothing is answered, DeadlineReached, Stopped.
        """
        shown = self._credentials.shown(self._http, limits)
        answer = self._once(request, shown, limits)
        if answer.status == _UNAUTHORIZED and self._credentials.renew(shown):
            return self._once(request, self._credentials.shown(self._http, limits), limits)
        return answer

    def hidden(self, text: str) -> str:
        """The text without any secret that was used."""
        secrets = {one for one in self._credentials.secrets() if one}
        for secret in sorted({form for one in secrets for form in (one, quote(one), quote_plus(one))}, key=len)[::-1]:
            text = text.replace(secret, _HIDDEN)
        return text

    def close(self) -> None:
        self._http.close()

    def _once(
        self, request: MappedRequest, shown: signing_in.ShownCredentials, limits: client.ReadingLimits
    ) -> client.RawAnswer:
        more = {"content": request.content} if request.content else {}
        # A page that a system names has a query of its own, which httpx would replace.
        url = httpx.URL(request.url).copy_merge_params([*request.params, *shown.params.items()])
        headers = {**self._headers, **request.headers, **shown.headers}
        return self._http.exchange(request.method, str(url), limits=limits, headers=headers, **more)


def is_same_host(url: str, address: str) -> bool:
    """Whether credentials for the address may be shown there."""
    theirs, ours = urlsplit(url), urlsplit(address)
    return (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)


def small(limits: client.ReadingLimits) -> client.ReadingLimits:
    """The limits for an answer to something that was told."""
    return dataclasses.replace(limits, travelling=bodies.MEGABYTE, unpacked=bodies.MEGABYTE)


def _as_param(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
