"""Names of open pages, and which reader is told which piece of one."""

from __future__ import annotations

import pytest

from notifications.streams.fanout.pages import EVERYTHING, PageContent, PageUnknown, open_pages, page_of
from notifications.streams.process.watched import Watched
from notifications.wire.event_ids import Cursor

EPOCH = "a" * 10


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            "nothing?district=1",
            "board?district=1",
            "board?day=2026-06-15",
            f"board?day=2026-06-15&district={'9' * 30}",
            "today?district=-1",
            "schedule?day=2026-06-15&district=1&span=9",
            "review?day=2026-06-15&district=1",
            "review?day=2026-06-15&district=1&order=-1",
            "review?day=2026-06-15&district=1&order=1&compare=1,x",
            f"board?day=2026-06-15&district=1&q={'x' * 600}",
        ],
    )
    def test_nonsense_is_no_page(self, name: str) -> None:
        with pytest.raises(PageUnknown):
            page_of(name)

    def test_the_same_page_has_one_name(self) -> None:
        assert page_of("board?q=&district=1&day=2026-06-15").name == "board?day=2026-06-15&district=1"

    def test_one_connection_keeps_so_many_and_no_more(self) -> None:
        with pytest.raises(PageUnknown, match="24 pages at most"):
            open_pages(["~today?district=1"] * 25)


class TestPieces:
    def watched(self, **rows: str) -> Watched:
        page = Watched(page_of("today?district=1"), Cursor(EPOCH, 8))
        page.begin(PageContent({"head": "A"}, rows, "<table>"), 10)
        return page

    def test_each_reader_gets_what_came_behind_what_it_shows(self) -> None:
        page = self.watched(one="1", two="2")
        page.renew(Cursor(EPOCH, 20), PageContent({"head": "A"}, {"one": "1", "two": "2 new"}, "<table>"), 20)
        page.renew(Cursor(EPOCH, 30), PageContent({"head": "B"}, {"one": "1", "two": "2 new"}, "<table>"), 30)

        assert page.after(15) == {"parts": {"head": "B"}, "rows": {"two": "2 new"}}
        assert page.after(25) == {"parts": {"head": "B"}}
        assert page.after(30) == {}
        assert page.after(None) == {
            "parts": {"head": "B"},
            "rows": {"one": "1", "two": "2 new"},
            "sequence": ["one", "two"],
            "around": "<table>",
        }

    def test_what_was_read_behind_the_place_of_a_page_is_told_to_who_shows_no_more_than_that_place(self) -> None:
        page = self.watched(one="1")
        page.renew(Cursor(EPOCH, 20), PageContent({"head": "A"}, {"one": "of 21 already"}, "<table>"), 21)

        assert page.through == Cursor(EPOCH, 20)
        assert page.after(20) == {"rows": {"one": "of 21 already"}}
        assert page.after(21) == {}

    def test_time_alone_changes_it_behind_the_last_event(self) -> None:
        page = self.watched(one="1")

        later = PageContent({"head": "B"}, {"one": "1"}, "<table>")
        assert page.renew(Cursor(EPOCH, 10), later, 10) == {"parts": {"head": "B"}}
        assert page.after(10) == {"parts": {"head": "B"}}
        assert page.after(11) == {}

    def test_everything_swallows_single_rows(self) -> None:
        page = self.watched()
        for changed_rows in ({"one"}, EVERYTHING, {"two"}):
            page.note(changed_rows)

        assert page.stale is EVERYTHING
