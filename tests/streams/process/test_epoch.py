"""A log that has lost what readers were told begins a new epoch by itself, and its readers reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from notifications.models import Event, LogEpoch
from notifications.services import event_log, identity, positions
from notifications.wire import event_ids
from tests.streams.process.test_keeper import opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
Tell = Callable[..., None]


@pytest.fixture
def seen(mara: Any, tell: Tell, log: Any) -> Iterator[identity.Witness]:
    """Three events, and what a server process that has read them remembers."""
    positions.current_cursor()
    tell(mara, 1, 2, 3)
    witness = identity.look(known=None)
    assert witness is not None
    yield witness
    Path(f"{connection.settings_dict['NAME']}-witness").unlink(missing_ok=True)


def epoch() -> str:
    return LogEpoch.objects.current().value


class TestLostEvents:
    def test_deleted_by_hand_begin_an_epoch(self, seen: identity.Witness) -> None:
        Event.objects.filter(position=seen.position).delete()

        assert epoch() != seen.epoch
        assert str(event_ids.parse(positions.current_cursor())) == positions.current_cursor(), "its name is one of ours"

    def test_that_were_trimmed_before_do_not(self, seen: identity.Witness) -> None:
        LogEpoch.objects.update(trimmed_through=seen.position - 1)

        Event.objects.filter(position__lt=seen.position).delete()

        assert epoch() == seen.epoch

    def test_of_a_rolled_back_deletion_do_not(self, seen: identity.Witness) -> None:
        with transaction.atomic():
            Event.objects.all().delete()
            transaction.set_rollback(True)

        assert epoch() == seen.epoch

    @pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has no TRUNCATE")
    def test_of_an_emptied_table_begin_an_epoch(self, seen: identity.Witness) -> None:
        with connection.cursor() as hand:
            hand.execute("TRUNCATE notifications_event")

        assert epoch() != seen.epoch

    def test_end_an_open_stream_that_comes_back_to_a_reset(
        self, seen: identity.Witness, as_mara: Client, impatient: Callable[..., None]
    ) -> None:
        impatient(fallback_poll=0.2)
        chunks = opened(as_mara)

        Event.objects.filter(position=seen.position).delete()

        assert b'"epoch"' in b"".join(chunks)


class TestWitness:
    def test_is_borne_out_by_a_log_that_grew(self, seen: identity.Witness, mara: Any, tell: Tell) -> None:
        tell(mara, 4)

        later = identity.look(known=seen)

        assert later is not None
        assert (later.epoch, epoch()) == (seen.epoch, seen.epoch)
        assert later.position > seen.position

    def test_is_borne_out_by_a_log_that_was_trimmed(self, seen: identity.Witness, now: datetime) -> None:
        event_log.trim(now=now + timedelta(days=2))

        identity.look(known=seen)

        assert epoch() == seen.epoch

    def test_that_is_not_in_the_log_begins_an_epoch(self, seen: identity.Witness) -> None:
        unheard = identity.Witness(seen.epoch, seen.position + 1, "")

        identity.look(known=unheard)

        assert epoch() != seen.epoch

    def test_whose_place_another_event_has_taken_begins_an_epoch(
        self, seen: identity.Witness, mara: Any, tell: Tell
    ) -> None:
        """The log was put back, and has grown beyond what it had told before."""
        told = identity.Witness(seen.epoch, seen.position, "of another event")
        tell(mara, 4)

        identity.look(known=told)

        assert epoch() != seen.epoch

    def test_of_a_cursor_beyond_the_end_begins_an_epoch(self, seen: identity.Witness) -> None:
        identity.look(known=seen, told=event_ids.Cursor(seen.epoch, seen.position + 1))

        assert epoch() != seen.epoch

    @pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL may have its web servers elsewhere")
    def test_is_written_down_for_the_next_server(self, seen: identity.Witness) -> None:
        assert identity.remembered() == seen

    @pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL may have its web servers elsewhere")
    def test_is_not_written_down_beside_a_database_in_memory(
        self, seen: identity.Witness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setitem(connection.settings_dict, "NAME", ":memory:")

        identity.look(known=None)

        assert identity.remembered() is None
        assert not list(tmp_path.iterdir())


class TestStorage:
    def test_is_noted_and_begins_nothing(self, seen: identity.Witness) -> None:
        for _ in range(2):
            identity.compare_storage()

        assert epoch() == seen.epoch
        assert len(LogEpoch.objects.current().storage.split()) == (4 if connection.vendor == "postgresql" else 2)

    def test_elsewhere_begins_one_epoch(self, seen: identity.Witness) -> None:
        identity.compare_storage()
        here = LogEpoch.objects.current().storage
        LogEpoch.objects.update(storage="0 " + here.split(maxsplit=1)[1])

        identity.compare_storage()
        begun = epoch()
        identity.compare_storage()

        assert seen.epoch != begun == epoch()
        assert LogEpoch.objects.current().storage == here

    def test_that_could_not_be_found_out_proves_nothing(self, seen: identity.Witness) -> None:
        identity.compare_storage()
        here = LogEpoch.objects.current().storage
        LogEpoch.objects.update(storage="- " + here.split(maxsplit=1)[1])

        identity.compare_storage()

        assert epoch() == seen.epoch
        assert LogEpoch.objects.current().storage == here


class TestBegin:
    def test_processes_that_notice_together_agree_on_one(self, seen: identity.Witness) -> None:
        first = event_log.begin_epoch(instead_of=seen.epoch)
        second = event_log.begin_epoch(instead_of=seen.epoch)

        assert seen.epoch != first == second == epoch()

    def test_an_operator_says_so(self, seen: identity.Witness, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("begin_epoch")

        assert epoch() != seen.epoch
        assert epoch() in capsys.readouterr().out
