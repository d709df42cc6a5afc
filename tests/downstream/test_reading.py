"""A collection is read a chunk at a time; each chunk has a mark from which anybody may go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from assignments.downstream import client, reading, seam, trouble
from assignments.downstream.messages import Resource
from tests.downstream.conftest import Answer, Asked, ScriptedSystem, page

LINE = {"reference": "LINE", "version": 3, "name": "Line work"}
SPLICE = {"reference": "SPLICE", "version": 4, "name": "Splicing"}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


def chunks(
    system: ScriptedSystem, *, scope: str = "NORTH", mark: seam.Mark | None = None, size: int = 500,
    tell: Callable[[client.Progress], None] = lambda _: None, **options: Any,
) -> Iterator[seam.Chunk]:  # fmt: skip
    limits = seam.PassLimits(lambda: client.ReadingLimits(time.monotonic() + 120), lambda: size, tell)
    with client.Client(base_url=system.url, timeout=60) as http:
        yield from reading.read(http, Resource.QUALIFICATIONS, scope=scope, mark=mark or {}, limits=limits, **options)


def names(found: Sequence[seam.Chunk]) -> list[list[str]]:
    return [[record.reference for record in chunk.records] for chunk in found]


def skills(first: int, last: int, version: int = 0) -> list[dict[str, Any]]:
    """Records whose versions grow from one to the next, or are all the same."""
    return [{"reference": f"Q{n}", "version": version or n, "name": "A skill"} for n in range(first, last + 1)]


class TestPass:
    def test_reads_page_after_page_and_asks_for_what_is_newer_next_time(self, system: ScriptedSystem) -> None:
        system.answer(page(LINE, version=9, next=2), page(SPLICE, version=9))

        found = list(chunks(system, mark={"since": 2}))

        assert names(found) == [["LINE"], ["SPLICE"]]
        assert [(chunk.is_first, chunk.is_last, chunk.is_whole) for chunk in found] == [
            (True, False, False),
            (False, True, False),
        ]
        system.answer(page(version=9))
        list(chunks(system, mark=found[-1].mark))
        assert [asked.path for asked in system.asked] == ["/api/qualifications"] * 3
        assert [asked.query for asked in system.asked] == [
            {"district": "NORTH", "since": "2", "page": "1"},
            {"district": "NORTH", "since": "2", "page": "2"},
            {"district": "NORTH", "since": "9", "page": "1"},
        ]

    def test_all_districts_are_asked_for_without_naming_one(self, system: ScriptedSystem) -> None:
        list(chunks(system, scope=""))

        assert system.asked[0].query == {"since": "0", "page": "1"}

    def test_a_large_page_comes_in_pieces_of_which_the_last_has_the_mark(self, system: ScriptedSystem) -> None:
        system.answer(page(*skills(1, 5), version=5, next=2), page(version=5))

        found = list(chunks(system, size=2))

        assert names(found) == [["Q1", "Q2"], ["Q3", "Q4"], ["Q5"], []]
        assert [chunk.mark["page"] for chunk in found] == [1, 1, 2, 1]
        assert [chunk.is_last for chunk in found] == [False, False, False, True]

    def test_goes_on_where_another_has_stopped(self, system: ScriptedSystem) -> None:
        system.answer(page(LINE, version=9, next=2))
        first = next(chunks(system))
        system.answer(page(SPLICE, version=9))

        [second] = chunks(system, mark=first.mark)

        assert system.asked[-1].query["page"] == "2"
        assert (second.is_first, second.is_last, second.is_whole) == (False, True, True)

    def test_a_complete_list_is_asked_for_from_the_beginning_each_time(self, system: ScriptedSystem) -> None:
        list(chunks(system, mark={"since": 7}, complete=True))

        assert system.asked[0].query["since"] == "0"

    def test_names_invalid_records_and_takes_the_rest(self, system: ScriptedSystem) -> None:
        system.answer(page(LINE, {"reference": "BAD", "version": 0, "name": "x"}, "nonsense"))

        [found] = chunks(system)

        assert names([found]) == [["LINE"]]
        assert [(one.name, one.reason) for one in found.refused] == [
            ("BAD", "version: Input should be greater than or equal to 1"),
            ("number 3", "Input should be a valid dictionary or instance of QualificationMessage"),
        ]

    def test_tells_its_progress(self, system: ScriptedSystem) -> None:
        told: list[client.Progress] = []
        system.answer(Answer(503), page(LINE, SPLICE))

        list(chunks(system, tell=told.append))

        assert told == [
            client.Progress(attempts=1, detail="trying again in 0 s: answered 503"),
            client.Progress(records=2),
        ]

    def test_refuses_a_system_that_pages_in_circles(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: page(LINE, next=1)

        with pytest.raises(trouble.SystemUnavailable, match="names page 1 as the one after page 1") as caught:
            list(chunks(system))

        assert caught.value.permanent

    def test_a_mark_of_another_adapter_reads_all(self, system: ScriptedSystem) -> None:
        [found] = chunks(system, mark={"since": 1_781_542_800_000, "at": 4, "top": 7, "takes_all": False})

        assert (system.asked[0].query["since"], found.takes_all) == ("0", True)


class TestASourceThatChangesMeanwhile:
    def test_advances_to_where_the_pass_began(self, system: ScriptedSystem) -> None:
        """Where nothing changes the order of the pages, what changed behind us comes next time."""
        system.answer(page(SPLICE, LINE, version=9, next=2), page(version=11, next=3), page(version=12))

        assert list(chunks(system, mark={"since": 2}))[-1].mark["since"] == 9

    def test_passes_nothing_over_where_pages_come_in_order_of_version(self, system: ScriptedSystem) -> None:
        """A record that changes moves to the end, and one of the next page slips onto the page that was read."""
        rows = {f"Q{n}": n for n in range(1, 13)}

        def respond(asked: Asked) -> Answer:
            since, number = int(asked.query["since"]), int(asked.query["page"])
            newer = sorted((version, name) for name, version in rows.items() if version > since)
            part = [{"reference": name, "version": version, "name": "x"} for version, name in newer][
                4 * (number - 1) : 4 * number
            ]
            answer = page(*part, version=max(rows.values()), next=number + 1 if len(newer) > 4 * number else None)
            if len(system.asked) < 20:
                rows[min(rows, key=lambda name: rows[name])] = max(rows.values()) + 1
            return answer

        system.respond = respond
        found = list(chunks(system))

        assert {record.reference for chunk in found for record in chunk.records} == rows.keys()
        assert found[-1].is_whole

    def test_many_records_of_one_version_are_no_order(self, system: ScriptedSystem) -> None:
        system.answer(page(*skills(1, 3, version=1), version=1, next=2), page(*skills(4, 6, version=1), version=2))

        assert names(list(chunks(system))) == [["Q1", "Q2", "Q3"], ["Q4", "Q5", "Q6"]]


class TestEpochs:
    def test_versions_that_go_back_begin_a_new_epoch_in_which_all_is_taken(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: page(LINE, version=4)

        [found] = chunks(system, mark={"since": 90})

        assert [asked.query["since"] for asked in system.asked] == ["90", "0"]
        assert (found.is_new_epoch, found.takes_all, found.is_whole, found.mark["since"]) == (True, True, True, 4)

    def test_a_source_that_is_restored_between_two_pages_is_read_from_the_beginning(
        self, system: ScriptedSystem
    ) -> None:
        system.answer(page(LINE, version=90, next=2), page(version=4), page(SPLICE, version=4))

        found = list(chunks(system))

        assert names(found) == [["LINE"], ["SPLICE"]]
        assert [chunk.is_new_epoch for chunk in found] == [False, True]

    def test_everything_is_read_again_when_the_mark_says_so(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: page(LINE, version=90)

        [found] = chunks(system, mark=dict(seam.ANEW))

        assert (found.takes_all, found.is_new_epoch, found.is_whole) == (True, False, True)
        assert found.mark == {**found.mark, "since": 90, "takes_all": False}
