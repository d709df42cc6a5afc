"""Notes on the review and on Today: read, written, taken back, and live."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import notes
from tests import factories
from tests.factories import NOW, at
from tests.views.conftest import browser, one_line, pushed

REVIEW = "/orders/WO-1/?day=2026-06-15"
TODAY = "/districts/NORTH/today/"
WRITE = "/districts/NORTH/notes/"


@pytest.fixture
def crew(suggestion: models.Suggestion) -> models.Crew:
    return suggestion.crew


def write(manager: Client, **said: Any) -> Any:
    return manager.post(WRITE, {"text": "Gate code 4711", **said})


def held() -> models.Note:
    return models.Note.objects.held().get()


class TestThePages:
    def test_a_review_shows_who_said_what_and_when(self, manager: Client, viewer: Client, suggestion: Any) -> None:
        write(manager, order="WO-1", text="Gate code 4711\r\nAsk for Ms Ellis")

        page = one_line(viewer.get(REVIEW))

        assert "Gate code 4711<br>Ask for Ms Ellis" in page
        assert "<strong>Mara Lindqvist</strong>" in page
        assert f'<time datetime="{NOW.astimezone(suggestion.order.district.zone).isoformat()}"' in page

    def test_a_review_names_the_crew_that_a_note_is_on(self, manager: Client, crew: models.Crew) -> None:
        write(manager, order="WO-1", crew=crew.pk)

        assert held().crew == crew
        page = one_line(manager.get(REVIEW))
        assert '<span class="chip">on Trouble 7</span>' in page
        assert f'<option value="{crew.pk}">Trouble 7</option>' in page

    def test_today_shows_shift_notes_alone(self, manager: Client, viewer: Client, suggestion: Any) -> None:
        assert "Nobody has left a note." in one_line(viewer.get(TODAY))
        write(manager, order="WO-1", text="Of the order")
        write(manager, text="Breaker 4 stays open overnight")

        page = one_line(viewer.get(TODAY))

        assert "Breaker 4 stays open overnight" in page
        assert "Of the order" not in page
        assert "Breaker 4 stays open overnight" in one_line(viewer.get(f"{TODAY}?wall=1"))

    @pytest.mark.parametrize("page", [REVIEW, TODAY])
    def test_what_is_typed_is_text(self, manager: Client, suggestion: Any, page: str) -> None:
        said = "<script>alert(1)</script><b onclick='x'>&amp;\"</b>"
        write(manager, text=said, **({"order": "WO-1"} if page == REVIEW else {}))

        shown = manager.get(page)
        pushed_parts = " ".join(pushed(shown).parts.values())

        for html in (one_line(shown), pushed_parts):
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick=&#x27;x&#x27;&gt;&amp;amp;&quot;" in html
            assert "<script>alert" not in html

    def test_what_is_pushed_is_what_a_fresh_page_shows(self, manager: Client, crew: models.Crew) -> None:
        before = manager.get(REVIEW), manager.get(TODAY)
        write(manager, order="WO-1")
        write(manager, order="WO-1", crew=crew.pk, text="Truck 12 is in the workshop")
        write(manager, text="Breaker 4 stays open")

        for old, address in zip(before, (REVIEW, TODAY), strict=True):
            parts, fresh = pushed(old).parts, one_line(manager.get(address))
            notes_part = " ".join(parts["notes"].split())
            assert notes_part in fresh
        assert " ".join(parts["notes"].split()).count('<li class="note"') == 1

    def test_a_note_is_nobodys_row(self, manager: Client, jonas: Any, suggestion: Any) -> None:
        """The script offers *Take back* to its author alone; the rows are the same for everybody."""
        write(manager, order="WO-1")
        author = f'<li class="note" data-author="{held().written_by_id}">'

        assert author in one_line(manager.get(REVIEW))
        assert author in one_line(browser(jonas).get(REVIEW))

    def test_time_alone_takes_a_shift_note_off(
        self, manager: Client, suggestion: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(manager)
        later = at("05:45", days=2)
        monkeypatch.setattr("django.utils.timezone.now", lambda: later)

        assert "Gate code" not in one_line(manager.get(TODAY))

    def test_the_history_says_that_there_was_a_note(self, manager: Client, suggestion: Any) -> None:
        write(manager, order="WO-1")
        manager.post(f"/notes/{held().pk}/take-back/")

        page = one_line(manager.get(REVIEW))

        assert "<strong>Mara Lindqvist</strong> wrote a note" in page
        assert "<strong>Mara Lindqvist</strong> took back a note" in page
        assert "Gate code 4711" not in page

    @pytest.mark.parametrize("page", [REVIEW, TODAY])
    def test_cost_the_same_whatever_their_number(self, manager: Client, suggestion: Any, mara: Any, page: str) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as caught:
                assert manager.get(page).status_code == 200
            return len(caught)

        order = suggestion.order
        write(manager, order="WO-1")
        write(manager, text="For the shift")
        queries()
        before = queries()
        for number in range(4):
            for about in (order, suggestion.crew, order.district):
                notes.write(about=about, text=f"Note {number}", by=mara, now=NOW)
        assert queries() == before


class TestTheForm:
    @pytest.mark.parametrize(("said", "next_page"), [({"order": "WO-1"}, "/orders/WO-1/"), ({}, TODAY)])
    def test_leads_back(self, manager: Client, suggestion: Any, said: Any, next_page: str) -> None:
        answer = write(manager, **said)
        assert (answer.status_code, answer.headers["Location"]) == (303, next_page)
        assert write(manager, **said, next=REVIEW).headers["Location"] == REVIEW

    def test_counts_line_breaks_as_browsers_do(self, manager: Client, suggestion: Any) -> None:
        assert write(manager, text="x\r\n" * 499 + "xy").status_code == 303

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"text": " "}, "Write what colleagues should know."),
            ({"text": "x" * 1001}, "At most 1,000 characters."),
            ({"text": "\x07"}, "The note says nothing."),
        ],
    )
    def test_says_what_it_cannot_take(self, manager: Client, suggestion: Any, said: Any, sentence: str) -> None:
        answer = write(manager, **said)
        assert answer.status_code == 409
        assert sentence in one_line(answer)
        assert not models.Note.objects.exists()

    def test_knows_nothing_of_other_districts(self, manager: Client, suggestion: Any, elsewhere: Any) -> None:
        factories.OrderFactory(district=elsewhere, number="WO-9")
        crew = factories.CrewFactory(district=elsewhere)

        assert write(manager, order="WO-9").status_code == 404
        assert write(manager, order="WO-1", crew=crew.pk).status_code == 404
        assert not models.Note.objects.exists()

    def test_takes_back_what_its_author_wrote(self, manager: Client, jonas: Any, suggestion: Any) -> None:
        write(manager, order="WO-1")
        address = f"/notes/{held().pk}/take-back/"

        refused = browser(jonas).post(address)
        assert refused.status_code == 409
        assert "Mara Lindqvist wrote this note" in one_line(refused)
        assert manager.post(address).headers["Location"] == "/orders/WO-1/"
        assert manager.post(address).status_code == 409


@pytest.mark.parametrize("act", ["write", "take back"])
class TestWhoMay:
    @pytest.fixture
    def address(self, suggestion: models.Suggestion, mara: Any, act: str) -> str:
        note = factories.NoteFactory(order=suggestion.order, written_by=mara)
        return WRITE if act == "write" else f"/notes/{note.pk}/take-back/"

    def test_managers_only(self, viewer: Client, address: str) -> None:
        answer = viewer.post(address, {"text": "Gate code"})
        assert answer.status_code == 403
        assert "Vic Moreau is not an assigning manager of North." in one_line(answer)

    def test_strangers_find_nothing(self, stranger: Client, address: str) -> None:
        assert stranger.post(address, {"text": "Gate code"}).status_code == 404

    def test_nobody_is_asked_to_log_in(self, anonymous: Client, address: str) -> None:
        assert anonymous.post(address, {"text": "Gate code"}).headers["Location"].startswith("/login/")

    def test_by_post_only(self, manager: Client, address: str) -> None:
        assert manager.get(address).status_code == 405
