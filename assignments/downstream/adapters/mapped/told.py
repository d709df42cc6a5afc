"""Telling a mapped system of decisions, in its own words."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from assignments.downstream import client, outbound, outcomes, seam, signing, tracing
from assignments.downstream.adapters.mapped import answers, asking, columns, expressions, signing_in
from assignments.downstream.adapters.mapped.manifest import Manifest, MappedAction
from assignments.downstream.trouble import SystemUnavailable

_NOTHING_THERE = frozenset({404, 410})
_PEOPLE, _CREWS = ("approved_by", "set_by"), ("crew",)
_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class MappedTeller:
    """Tells one system."""

    def __init__(self, manifest: Manifest, set_up: seam.SetUp, http: asking.MappedHttp) -> None:
        self._manifest, self._set_up, self._http = manifest, set_up, http

    def tell(self, what: outcomes.ToTell, *, seconds: float) -> outcomes.Outcome:
        action = self._manifest.actions.get(what.action)  # type: ignore[call-overload]
        if action is None:
            # Its manifest says that it need not know.
            return outcomes.Done()
        limits = client.ReadingLimits(deadline=time.monotonic() + min(self._set_up.timeout, seconds))
        try:
            answer = self._http.send(self.request(action, what), asking.small(limits))
        except SystemUnavailable as error:
            return outcomes.outcome_of(error)
        except ValueError as error:
            return outcomes.Refused(f"cannot be told of it: {error}")
        return _outcome(action, what, answer)

    def request(self, action: MappedAction, what: outcomes.ToTell) -> asking.MappedRequest:
        """The request, signed where it is to be. Raises ValueError, in words, for a value that is not there."""
        given = self._in_their_words(what)
        path = expressions.filled(action.path, given, lambda text: quote(text, safe=""))
        params = {
            name: expressions.filled(value, given) if isinstance(value, str) else value
            for name, value in action.params.items()
        }
        body = columns.write(action.body, given)
        content = _encoded(body, action.encoding) if action.body else b""
        headers = {"Accept": "application/json", "Idempotency-Key": what.key, **action.headers}
        if content:
            headers["Content-Type"] = _TYPES[action.encoding]
        if what.traceparent:
            headers[tracing.HEADER] = what.traceparent
        headers |= signing.headers(keys=self._set_up.keys, id=what.key, at=int(time.time()), body=content)
        url = signing_in.below(self._set_up.address, path)
        return asking.MappedRequest(action.method, url, asking.params_of(params), headers, content)

    def preview(self, what: outcomes.ToTell) -> seam.Finding:
        """The request by which it would be told; nothing is sent."""
        action = self._manifest.actions.get(what.action)  # type: ignore[call-overload]
        if action is None:
            return seam.Finding(what.action, error="It is not told of this.")
        try:
            return seam.Finding(what.action, request=self.request(action, what).shown)
        except ValueError as error:
            return seam.Finding(what.action, error=f"It cannot be told of this: {error}.")

    def _in_their_words(self, what: outcomes.ToTell) -> dict[str, Any]:
        known, given = self._manifest.references, dict(what.payload)
        for names, table in ((_CREWS, known.crews), (_PEOPLE, known.people)):
            given |= {name: table.get(str(given[name]), given[name]) for name in names if name in given}
        if "further_crews" in given:
            given["further_crews"] = [known.crews.get(one, one) for one in given["further_crews"]]
        return given | {"key": what.key, "minutes": _minutes(given.get("period"))}


def _minutes(period: Any) -> float | None:
    if not isinstance(period, Mapping):
        return None
    start, end = (datetime.fromisoformat(str(period[name])) for name in ("start", "end"))
    return (end - start).total_seconds() / 60


def _encoded(body: Mapping[str, Any], encoding: str) -> bytes:
    if encoding == "json":
        return json.dumps(body).encode()
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    return urlencode(flat).encode()


def _outcome(action: MappedAction, what: outcomes.ToTell, answer: client.RawAnswer) -> outcomes.Outcome:
    status, known = answer.status, action.statuses
    refusal = answer.refusal()
    is_gone = what.action == "REVOKE" and refusal.permanent and status in _NOTHING_THERE
    if status in known.refused:
        return outcomes.Refused(refusal.detail)
    if status in known.again:
        return outcomes.Again(refusal.detail, after=refusal.retry_after)
    if status in known.done or answer.is_success or is_gone:
        return outcomes.Done(_reference(action, answer))
    return outcomes.outcome_of(refusal)


def _reference(action: MappedAction, answer: client.RawAnswer) -> str:
    """Their name for it; none where it cannot be read: taken is taken."""
    if action.reference is None or not answer.body.strip():
        return ""
    try:
        found = expressions.search(action.reference, answers.document(answer))
    except (ValueError, SystemUnavailable):
        return ""
    return outbound.Acknowledgement(reference=found).reference
