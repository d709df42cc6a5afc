"""The same page: what is said of changes, and how an approval is taken back once its time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.pages.test_board_scripts import DAY, Site, page, pytestmark, row, show, site

# Their page, with its scripts.
__all__ = ["page", "pytestmark", "site"]


class TestWhatIsSaid:
    def test_a_burst_is_one_sentence_and_a_row_counts_once(self, page: Page) -> None:
        show(page, 1, row(1, "First, changed"))
        show(page, 2, row(2, "Second, changed"))
        show(page, 2, row(2, "Second, changed again"))

        expect(page.locator("[data-said]")).to_have_text("2 rows changed.")

    def test_what_the_person_did_is_not_said_twice(self, page: Page) -> None:
        show(page, 1, row(1, "First, changed"))
        show(page, 2, row(2, "Approved by Mara"))

        page.evaluate("board.refresh(2)")

        expect(page.locator("[data-said]")).to_have_text("1 row changed.")


class TestTakingBack:
    def test_undo_gives_way_to_revoke_when_its_time_is_over_and_the_focus_goes_along(self, page: Page) -> None:
        show(page, 1, decided(1, undo_for=1))
        page.get_by_role("button", name="Undo").focus()

        expect(page.get_by_role("link", name="Revoke…")).to_be_focused()
        expect(page.get_by_role("button", name="Undo")).to_be_hidden()

    def test_u_then_asks_for_the_reason_and_sends_it(self, page: Page, site: Site) -> None:
        show(page, 1, decided(1, undo_for=-1))
        expect(page.get_by_role("link", name="Revoke…")).to_be_visible()

        for key in "ju":
            page.keyboard.press(key)
        page.keyboard.type("Storm coming")
        page.keyboard.press("Enter")

        page.wait_for_function("done.length === 1")
        assert site.posts == ["/revoke/1/"]
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.locator("tr >> nth=0")).to_be_focused()


def decided(order: int, *, undo_for: float) -> str:
    """The row of an approval that can be undone for so many seconds from now."""
    until = (datetime.now(UTC) + timedelta(seconds=undo_for)).isoformat()
    return f"""<tr data-order-id="{order}" data-number="WO-{order}" data-day="{DAY}" tabindex="-1"><td>
      <button form="board-form" formaction="/undo/{order}/" data-action="undo" data-until="{until}">Undo</button>
      <a href="/revoke/{order}/" data-action="revoke" data-from="{until}" data-key="revoke" hidden>Revoke…</a>
    </td></tr>"""
