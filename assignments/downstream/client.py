"""HTTP with one downstream system: asks it, tells it bookings. No rows, no transactions, no Django."""

from __future__ import annotations

import dataclasses
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import httpx
import tenacity
from pydantic import BaseModel, ValidationError

from assignments.downstream import bodies, cloud_events, deadlines, lenient, outbound, reaching, signing, tracing
from assignments.downstream.trouble import DeadlineReached, SystemUnavailable, broken, first_fault, refused

BOOKINGS, RESTORATIONS = "api/bookings", "api/restorations"
ATTEMPTS = 4
"""Attempts at one request before the system counts as down."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds before the second attempt, doubling up to the longest; each wait is jittered by up to half a second."""
_LOOK = 0.1
"""Seconds between two looks at `stop` and the deadline; also the shortest timeout of a request."""
_COMPLAINT = 100_000
"""Bytes of a refusal that are read."""

Shape = TypeVar("Shape", bound=BaseModel)
Made = TypeVar("Made")


class Stopped(Exception):
    """The caller's `stop` said so."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one reading; `detail` is a line for a manager and empty while all is well."""

    records: int = 0
    attempts: int = 0
    detail: str = ""


@dataclass(slots=True)
class ReadingLimits:
    """End of a reading: at `deadline` (monotonic seconds) or as soon as `stop` says so; and the size of an answer."""

    deadline: float
    stop: Callable[[], bool] = lambda: False
    travelling: int = 32 * bodies.MEGABYTE
    """Bytes of an answer as it comes over the wire."""
    unpacked: int = 64 * bodies.MEGABYTE
    """Bytes of an answer, and so of the memory that it takes."""

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()

    def check(self) -> None:
        if self.stop():
            raise Stopped
        if self.left <= 0:
            raise DeadlineReached("did not answer everything in the time given")

    def sleep(self, seconds: float) -> None:
        """Waits; wakes up for `stop` and the deadline. Raises Stopped, DeadlineReached."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(_LOOK, rest))


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By names in any case."""
    body: bytes
    """Of a refusal its beginning."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def refusal(self) -> SystemUnavailable:
        """The reason why it is no success."""
        return refused(self.status, self.headers.get("Retry-After"), self.body)


class Client:
    """One system's HTTP side; a context manager. `secret` is its bearer token, `timeout` seconds per request, and what
    it is told is signed with each of `keys`. Raises SystemUnavailable when the certificates of `reach` cannot be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        secret: str = "",
        timeout: float = 20.0,
        keys: Sequence[bytes] = (),
        reach: reaching.Reach = reaching.DIRECT,
    ) -> None:
        headers = {"Accept": "application/json", "Accept-Encoding": bodies.ENCODINGS, "User-Agent": "Lineup"}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        self._timeout, self._keys, self._address = timeout, keys, base_url
        # Settings of the process such as HTTP_PROXY must not decide where bookings go.
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/", headers=headers, trust_env=False, transport=deadlines.Transport(reach)
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def book(
        self, *, payload: Mapping[str, Any], key: str, seconds: float | None = None, traceparent: str = ""
    ) -> outbound.Acknowledgement:
        """The acknowledgement of one booking: one attempt, of at most `seconds`. The same key again is one effect.

        Raises SystemUnavailable.
        """
        return self._tell(BOOKINGS, payload, key, seconds, traceparent)

    def restore(
        self, *, payload: Mapping[str, Any], key: str, seconds: float | None = None, traceparent: str = ""
    ) -> outbound.Acknowledgement:
        """The acknowledgement of one restoration time, likewise."""
        return self._tell(RESTORATIONS, payload, key, seconds, traceparent)

    def notify(self, *, event: bytes, id: str, seconds: float, traceparent: str) -> None:  # noqa: A002
        """Posts one CloudEvent to the address itself: one attempt, of at most `seconds`. Raises SystemUnavailable."""
        self._post(self._address, event, id, seconds, {"Content-Type": cloud_events.MEDIA_TYPE}, traceparent)

    def _tell(
        self, path: str, payload: Mapping[str, Any], key: str, seconds: float | None, traceparent: str
    ) -> outbound.Acknowledgement:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        body = self._post(path, json.dumps(dict(payload)).encode(), key, seconds, headers, traceparent)
        # Taken is taken: a system that has nothing to say to it may answer 204.
        return parsed(outbound.Acknowledgement, body) if body.strip() else outbound.Acknowledgement()

    def _post(  # noqa: PLR0917
        self, to: str, content: bytes, id: str, seconds: float | None, headers: dict[str, str],  # noqa: A002
        traceparent: str,
    ) -> bytes:  # fmt: skip
        """The body of the answer, to one signed attempt."""
        limits = ReadingLimits(deadline=time.monotonic() + min(self._timeout, seconds or self._timeout))
        signed = signing.headers(keys=self._keys, id=id, at=int(time.time()), body=content)
        traced = {tracing.HEADER: traceparent} if traceparent else {}
        return self._ask("POST", to, limits, content=content, headers={**headers, **signed, **traced})

    def ask(
        self,
        method: str,
        path: str,
        shape: type[Shape],
        *,
        limits: ReadingLimits,
        tell: Callable[[Progress], None] = lambda _: None,
        **request: Any,
    ) -> Shape:
        """The answer to a question that may be asked again: up to ATTEMPTS times, with growing pauses.

        Raises SystemUnavailable, DeadlineReached, Stopped.
        """

        return patiently(lambda: parsed(shape, self._ask(method, path, limits, **request)), limits, tell)

    def _ask(self, method: str, path: str, limits: ReadingLimits, **request: Any) -> bytes:
        """The body of a 2xx answer."""
        answer = self.exchange(method, path, limits=limits, **request)
        if not answer.is_success:
            raise answer.refusal()
        return answer.body

    def exchange(self, method: str, path: str, *, limits: ReadingLimits, **request: Any) -> RawAnswer:
        """Whatever is answered to one attempt. Raises SystemUnavailable when nothing is, DeadlineReached, Stopped."""
        limits.check()
        timeout = max(_LOOK, min(self._timeout, limits.left))
        try:
            with (
                deadlines.until(time.monotonic() + timeout),
                self._http.stream(method, path, timeout=timeout, **request) as response,
            ):
                body = b"".join(_within(response, limits)) if response.is_success else _complaint(response, limits)
        except httpx.TimeoutException as error:
            is_sent = not isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
            if limits.left <= 0:
                raise DeadlineReached("did not answer in the time given", is_sent=is_sent) from error
            raise SystemUnavailable(f"did not answer within {timeout:.0f} s", is_sent=is_sent) from error
        except httpx.ConnectError as error:
            raise SystemUnavailable(f"could not be reached{_why(error)}", is_sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise broken(error) from error
        return RawAnswer(response.status_code, response.headers, body)


def patiently(
    attempt: Callable[[], Made], limits: ReadingLimits, tell: Callable[[Progress], None] = lambda _: None
) -> Made:
    """The result of the attempt, made up to ATTEMPTS times, with growing pauses.

    Raises SystemUnavailable, DeadlineReached, Stopped.
    """

    def say(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        tell(Progress(attempts=1, detail=f"trying again in {wait:.0f} s: {error}"))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_pass),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=limits.sleep,
        before_sleep=say,
        reraise=True,
    )
    return retrying(attempt)


def _why(error: httpx.ConnectError) -> str:
    """The words that help: about certificates and addresses, not about a system that is switched off."""
    cause = error.__cause__
    if isinstance(cause, reaching.NoAddress):
        return f": {cause}"
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f": its certificate is not trusted ({cause.verify_message})"
    return f": no secure connection ({cause.reason or cause})" if isinstance(cause, ssl.SSLError) else ""


def _within(response: httpx.Response, limits: ReadingLimits) -> Iterator[bytes]:
    """The body, as far as the deadline and `stop` let it come."""
    for piece in bodies.pieces(response, travelling=limits.travelling, unpacked=limits.unpacked):
        limits.check()
        yield piece


def _complaint(response: httpx.Response, limits: ReadingLimits) -> bytes:
    """The body of a refusal, or nothing where it cannot be read: its status has said enough."""
    small = dataclasses.replace(limits, travelling=_COMPLAINT, unpacked=_COMPLAINT)
    try:
        return b"".join(_within(response, small))
    except (SystemUnavailable, httpx.HTTPError):
        return b""


def parsed(shape: type[Shape], body: bytes) -> Shape:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        if error.errors(include_input=False)[0]["type"] != "json_invalid":
            raise _other(error) from error
    # What one record holds, such as half a character, must not hide the others.
    try:
        return shape.model_validate(lenient.loads(body))
    except ValueError as error:
        raise _other(error) from error


def _other(error: ValueError) -> SystemUnavailable:
    # A gateway's own page with status 200 is gone a moment later as often as not, so this is not permanent.
    fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
    return SystemUnavailable(f"answered with something else than agreed ({fault})")


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, SystemUnavailable) and not error.permanent and not isinstance(error, DeadlineReached)


_backoff = tenacity.wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT) + tenacity.wait_random(0, FIRST_WAIT)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, SystemUnavailable) and error.retry_after else 0.0
    return max(asked, _backoff(state))
