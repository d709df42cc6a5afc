"""Notes through the API."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem, bearer
from tests.factories import NOW

NOTES = "/api/v1/notes/"


def _post(client: Any, address: str, body: Any = None) -> Any:
    return client.post(address, body or {}, content_type="application/json")


@pytest.fixture
def note(as_mara: Any, order: models.WorkOrder) -> dict[str, Any]:
    """Mara's on WO-1, as she was answered."""
    made = _post(as_mara, NOTES, {"order": "WO-1", "text": "Gate code 4711\nAsk for Ms Ellis"})
    assert made.status_code == 201, made.content
    assert made.headers["Location"] == f"{NOTES}{made.json()['id']}/"
    return dict(made.json())


def test_a_note_is_written_and_read(as_vic: Any, note: dict[str, Any]) -> None:
    assert note == as_vic.get(f"{NOTES}{note['id']}/").json()
    assert (note["about"], note["order"], note["crew"], note["district"]) == ("ORDER", "WO-1", None, "NORTH")
    assert (note["text"], note["written_by"]) == ("Gate code 4711\nAsk for Ms Ellis", "Mara Lindqvist")


def test_a_crew_and_a_district_have_notes_too(as_mara: Any, district: models.District) -> None:
    crew = factories.CrewFactory(district=district)

    on_crew = _post(as_mara, NOTES, {"crew": crew.pk, "text": "Flat tyre"}).json()
    for_shift = _post(as_mara, NOTES, {"district": "NORTH", "text": "Breaker 4 is open"}).json()

    assert (on_crew["about"], on_crew["crew"], on_crew["district"]) == ("CREW", crew.pk, "NORTH")
    assert (for_shift["about"], for_shift["order"], for_shift["district"]) == ("DISTRICT", None, "NORTH")


@pytest.mark.parametrize("asked", ["order=WO-1", "about=ORDER", "is_held=true"])
def test_notes_are_filtered(as_vic: Any, note: dict[str, Any], district: models.District, asked: str) -> None:
    factories.NoteFactory(crew=factories.CrewFactory(district=district), taken_back_at=NOW)

    assert [one["id"] for one in as_vic.get(f"{NOTES}?{asked}").json()["results"]] == [note["id"]]


def test_notes_of_a_district_are_the_newest_first(
    as_vic: Any, note: dict[str, Any], district: models.District, elsewhere: models.District
) -> None:
    older = factories.NoteFactory(crew=factories.CrewFactory(district=district), taken_back_at=NOW)
    factories.NoteFactory(district=elsewhere)

    for asked in ("", "district=NORTH"):
        rows = as_vic.get(f"{NOTES}?{asked}").json()["results"]
        assert [(row["id"], row["text"]) for row in rows] == [(note["id"], note["text"]), (older.pk, "")]
    assert as_vic.get(f"{NOTES}?district=SOUTH").json()["results"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"text": "About nothing"},
        {"text": "Of both", "order": "WO-1", "district": "NORTH"},
        {"text": "", "order": "WO-1"},
        {"text": "x" * 1001, "order": "WO-1"},
        {"text": "Typed", "order": "WO-1", "author": "vic"},
    ],
)
def test_a_body_that_is_no_note_is_named(as_mara: Any, order: models.WorkOrder, body: dict[str, Any]) -> None:
    assert _post(as_mara, NOTES, body).status_code == 400
    assert not models.Note.objects.exists()


@pytest.mark.parametrize("subject", [{"order": "WO-9"}, {"crew": 2**62}, {"district": "SOUTH"}])
def test_nothing_of_other_districts_has_notes_of_ours(as_mara: Any, elsewhere: Any, subject: dict[str, Any]) -> None:
    factories.OrderFactory(district=elsewhere, number="WO-9")
    assert_problem(_post(as_mara, NOTES, {"text": "Ours", **subject}), 404, "not-found")


def test_its_author_takes_it_back_once(as_mara: Any, as_vic: Any, note: dict[str, Any]) -> None:
    address = f"{NOTES}{note['id']}/take-back/"

    answer = _post(as_mara, address).json()

    assert answer["text"] == ""
    assert answer["taken_back_at"]
    assert as_vic.get(f"{NOTES}{note['id']}/").json() == answer
    assert_problem(_post(as_mara, address), 409, "note-taken-back")


def test_nobody_else_takes_it_back(jonas: Any, note: dict[str, Any]) -> None:
    factories.ApiTokenFactory(user=jonas, secret="lineup_jonas")

    problem = assert_problem(_post(bearer("lineup_jonas"), f"{NOTES}{note['id']}/take-back/"), 409, "not-the-author")

    assert "Mara Lindqvist" in problem["detail"]
