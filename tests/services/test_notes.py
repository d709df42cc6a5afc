"""Notes: written and taken back, refused, rolled back and raced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from assignments import models
from assignments.queries import note_rows
from assignments.services import notes
from assignments.services.records import auditing, refusals
from notifications.models import Event
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def crew(district: models.District) -> models.Crew:
    return factories.CrewFactory(district=district, name="Line 1")


@pytest.fixture
def say(order: Any, mara: Any, now: Any) -> Any:
    """Mara writes on the order; any of it may be given otherwise."""

    def call(text: str = "Gate code 4711", **fields: Any) -> models.Note:
        return notes.write(**{"about": order, "text": text, "by": mara, "now": now} | fields)

    return call


def told() -> list[tuple[str, bool]]:
    rows = Event.objects.filter(type="note.changed").order_by("pk")
    return [(row.data["about"], row.data["taken_back"]) for row in rows]


class TestWriting:
    def test_keeps_words_author_and_time(self, say, order, mara, now, district):
        note = say("Gate code 4711.\r\n\r\n\r\n\r\nThe dog is loud.  \r\nIt does not bite. ")

        assert note.text == "Gate code 4711.\n\nThe dog is loud.\nIt does not bite."
        assert (note.about, note.of_district, note.written_by, note.written_at) == ("ORDER", district, mara, now)
        entry = models.AuditEntry.objects.get(verb="note.written")
        assert (entry.order, entry.actor, entry.after) == (order, mara, {"text": note.text})
        assert told() == [("ORDER", False)]

    def test_on_a_crew_is_recorded_for_its_district(self, say, crew, district):
        say("Truck 12 has a flat tyre", about=crew)

        entry = models.AuditEntry.objects.get(verb="note.written")
        assert (entry.district, entry.order) == (district, None)
        assert entry.after == {"crew": "Line 1", "text": "Truck 12 has a flat tyre"}
        assert told() == [("CREW", False)]

    def test_for_the_next_shift_is_about_the_district(self, say, district):
        assert say(about=district).about == "DISTRICT"
        assert Event.objects.get(type="note.changed").channel == f"district:{district.pk}"

    @pytest.mark.parametrize("text", ["", "  \r\n\t ", "\x00\x07"])
    def test_says_something(self, say, text):
        with pytest.raises(notes.NothingSaid):
            say(text)
        assert told() == []

    def test_has_an_end(self, say):
        assert len(say("x" * 1000).text) == 1000
        with pytest.raises(notes.NoteTooLong, match="1,001 characters"):
            say("x" * 1001)

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_for_managers_of_the_district(self, say, who, request):
        with pytest.raises(refusals.NotAManager):
            say(by=request.getfixturevalue(who))
        assert not models.Note.objects.exists()

    def test_is_all_or_nothing(self, say, monkeypatch):
        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(auditing, "record", fail)
        with pytest.raises(RuntimeError):
            say()
        assert not models.Note.objects.exists()
        assert told() == []

    def test_a_second_press_is_no_second_note(self, say, now, jonas):
        first = say()

        assert say() == first
        assert say(by=jonas) != first
        assert say(now=now + timedelta(minutes=5)) != first

    @pytest.mark.django_db(transaction=True)
    def test_two_presses_at_once_are_one_note(self, say):
        first, second = at_once(say, say)

        assert first == second, (first, second)
        assert models.AuditEntry.objects.filter(verb="note.written").count() == 1


class TestTakingBack:
    def test_leaves_the_words_in_the_audit(self, say, mara, now, order):
        note = notes.take_back(note=say(), by=mara, now=now)

        assert note.taken_back_at == now
        entry = models.AuditEntry.objects.get(verb="note.taken-back")
        assert (entry.before, entry.order) == ({"text": "Gate code 4711"}, order)
        assert told() == [("ORDER", False), ("ORDER", True)]

    def test_is_for_the_author(self, say, jonas, now):
        note = say()
        with pytest.raises(notes.NotTheAuthor, match="Mara Lindqvist wrote this note"):
            notes.take_back(note=note, by=jonas, now=now)
        assert models.Note.objects.held().get() == note

    def test_is_for_nobody_who_is_no_manager_any_more(self, say, mara, now):
        note = say()
        models.Membership.objects.update(role=models.Membership.Role.VIEWER)
        with pytest.raises(refusals.NotAManager):
            notes.take_back(note=note, by=mara, now=now)

    @pytest.mark.django_db(transaction=True)
    def test_happens_once(self, say, mara, now):
        note = say()
        outcomes = at_once(*[lambda: notes.take_back(note=models.Note.objects.get(), by=mara, now=now)] * 2)

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Note", "NoteTakenBack"]
        assert models.AuditEntry.objects.filter(verb="note.taken-back", object_id=note.pk).count() == 1


class TestWhoReads:
    def test_members_of_the_district_of_what_it_is_about(self, say, crew, district, vic, stella):
        written = {say(), say(about=crew), say(about=district)}

        assert set(models.Note.objects.readable_by(vic)) == written
        assert not models.Note.objects.readable_by(stella).exists()

    def test_an_order_takes_its_notes_along(self, say, order, elsewhere, stella, vic):
        note = say()
        models.WorkOrder.objects.update(district=elsewhere)

        assert models.Note.objects.readable_by(stella).get() == note
        assert not models.Note.objects.readable_by(vic).exists()


class TestWhatPagesShow:
    def test_a_review_shows_its_order_and_its_crews_newest_first(self, say, order, crew, now, district):
        other = factories.CrewFactory(district=district)
        first, second = say(now=now - timedelta(days=90)), say(about=crew, now=now - timedelta(days=13))
        say(about=other)
        say(about=crew, text="Long ago", now=now - timedelta(days=14))
        say(about=district)

        assert note_rows.of_review(order, [crew.pk], now) == [second, first]
        assert note_rows.first_end([first, second]) == now + timedelta(days=1)

    def test_a_crew_of_another_district_keeps_its_notes(self, order, elsewhere, stella, now):
        crew = factories.CrewFactory(district=elsewhere)
        notes.write(about=crew, text="Ours alone", by=stella, now=now)

        assert note_rows.of_review(order, [crew.pk], now) == []

    def test_today_shows_what_was_written_in_two_days_and_is_held(self, say, district, mara, now):
        say(about=district, text="Old", now=now - timedelta(hours=48))
        shown = say(about=district, text="New", now=now - timedelta(hours=47))
        notes.take_back(note=say(about=district, text="Wrong"), by=mara, now=now)

        assert note_rows.for_shifts(district, now) == [shown]


@pytest.mark.parametrize("subjects", [(), ("order", "crew"), ("order", "district"), ("crew", "district")])
def test_the_database_holds_that_a_note_is_about_one_thing(order, crew, district, mara, now, subjects):
    rows = {"order": order, "crew": crew, "district": district}
    with pytest.raises(IntegrityError, match="note_is_about_one_thing"), transaction.atomic():
        models.Note.objects.create(text="x", written_by=mara, written_at=now, **{name: rows[name] for name in subjects})
