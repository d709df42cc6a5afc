"""Answers that no contract foresees: each is stored as what it means, on every database, and none is taken for more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.factories import NOW
from tests.services.writebacks.calls import attempt

pytestmark = pytest.mark.django_db

HALF = b"\\ud800"


def after(seconds: str, status: int = 503) -> Answer:
    return Answer(status, headers={"Retry-After": seconds})


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "seconds",
    ["99999999999999", "9" * 400, "Mon, 01 Jan 2026 00:00:00 +99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"],
    ids=["seconds beyond all calendars", "digits without end", "a zone beyond all zones", "the last day"],
)
def test_one_that_wants_to_be_left_alone_for_ever_is_tried_within_the_hour(
    write_back: models.WriteBack, target: models.DownstreamSystem, system: ScriptedSystem, status: int, seconds: str
) -> None:
    system.answer(after(seconds, status))

    assert attempt().status == "FAILED"

    target.refresh_from_db()
    resumes_at = target.resumes_at or models.WriteBack.objects.get().next_attempt_at
    assert NOW < resumes_at <= NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"detail": "no \\u0000 crew"}', "Work management answered 422: no   crew"),
        (b'{"detail": "no ' + HALF + b' crew"}', "Work management answered 422: no   crew"),
        (b'{"detail": "caf\xe9 closed"}', "Work management answered 422: café closed"),
        (b'{"error": {"code": 7, "message": "crew unknown"}}', "Work management answered 422: crew unknown"),
        (b'{"detail": null, "title": "crew unknown"}', "Work management answered 422: crew unknown"),
        (b"[" * 100_000, "Work management answered 422"),
    ],
    ids=["a nul", "half a character", "Latin-1", "an object as error", "a null before the title", "nested too deeply"],
)
def test_why_it_was_refused_is_kept_as_far_as_it_can_be_shown(
    write_back: models.WriteBack, system: ScriptedSystem, body: bytes, said: str
) -> None:
    system.answer(Answer(422, raw=body))

    row = attempt()

    assert (row.status, row.last_error) == ("DEAD", said)


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"reference": "B\\u0000-7"}', "B -7"),
        (b'{"reference": "B' + HALF + b'-7"}', "B -7"),
        (b'{"reference": "' + b"x" * 300 + b'"}', "x" * 59 + "…"),
        (b'{"reference": null, "replayed": null}', ""),
        (b'{"reference": {"id": 7}, "replayed": "yes, it was"}', ""),
        (b'{"reference": 7, "replayed": 1}', "7"),
        (b'{"reference": ' + b"9" * 5000 + b"}", ""),
    ],
    ids=["a nul", "half a character", "too long", "nulls", "an object", "numbers", "a number without end"],
)
def test_what_was_taken_is_taken_whatever_it_is_called(
    write_back: models.WriteBack, system: ScriptedSystem, body: bytes, reference: str
) -> None:
    system.answer(Answer(201, raw=body))

    row = attempt()

    assert (row.status, row.reference, row.last_error) == ("ACKNOWLEDGED", reference, "")


UNREADABLE = {
    "another encoding": Answer(201, raw=b"x", headers={"Content-Encoding": "br"}),
    "too large": Answer(201, raw=b" " * 33_000_000),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
def test_a_good_answer_that_cannot_be_read_may_have_had_its_effect(
    write_back: models.WriteBack, system: ScriptedSystem, answer: Answer
) -> None:
    system.answer(answer)

    row = attempt()

    assert (row.status, row.may_be_known) == ("FAILED", True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(422, raw=b"x", headers={"Content-Encoding": "br"}), "DEAD"),
        (Answer(422, raw=b" " * 33_000_000), "DEAD"),
        (Answer(401, raw=b"x", headers={"Content-Encoding": "gzip"}), "PENDING"),
    ],
    ids=["another encoding", "too large", "not packed as it says"],
)
def test_a_refusal_is_one_whatever_stands_in_it(
    write_back: models.WriteBack, system: ScriptedSystem, answer: Any, status: str
) -> None:
    system.answer(answer)

    row = attempt()

    assert (row.status, row.may_be_known) == (status, False)


PAGE = b"<html><h1>404 Not Found</h1></html>"


@pytest.mark.parametrize("page", [PAGE, b"default backend - 404"])
@pytest.mark.parametrize("action", ["ASSIGN", "REVOKE"])
def test_a_gateways_page_says_neither_that_it_is_refused_nor_that_it_is_gone(
    write_back: models.WriteBack, system: ScriptedSystem, page: bytes, action: str
) -> None:
    models.WriteBack.objects.update(action=action)
    system.answer(Answer(404, raw=page))

    assert attempt().status == "FAILED"


@pytest.mark.parametrize("answer", [Answer(404, raw=b""), Answer(410, {"detail": "no such booking"})])
def test_nothing_to_take_back_may_be_said_with_or_without_words(
    write_back: models.WriteBack, system: ScriptedSystem, answer: Answer
) -> None:
    models.WriteBack.objects.update(action="REVOKE")
    system.answer(answer)

    assert attempt().status == "ACKNOWLEDGED"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (301, "answered 301: its address leads elsewhere"),
        (302, "answered 302: its address leads elsewhere"),
        (405, "answered 405: nothing can be told at its address"),
        (407, "answered 407: the proxy lets nobody through"),
    ],
)
def test_an_address_that_takes_nothing_is_the_trouble_of_the_system_and_not_of_the_row(
    write_back: models.WriteBack, target: models.DownstreamSystem, system: ScriptedSystem, status: int, why: str
) -> None:
    system.answer(Answer(status, headers={"Location": "https://login.utility.example/"}))

    row = attempt()

    target.refresh_from_db()
    assert (row.status, row.attempts, row.may_be_known) == ("PENDING", 0, False)
    assert (target.is_away, target.away_because) == (True, why)
