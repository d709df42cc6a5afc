"""The board's scripts on a page of two rows: focus, pointer and keyboard stay where the person has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import clock

STATIC = Path(__file__).resolve().parents[3] / "static"
DAY = "2026-06-15"

pytestmark = [pytest.mark.browser, pytest.mark.serial]


def row(order: int, text: str, *, day: str = DAY, undo: bool = False) -> str:
    action, key = ("Undo", "undo") if undo else ("Approve", "approve")
    return f"""<tr data-order-id="{order}" data-number="WO-{order}" data-day="{day}" tabindex="-1">
      <td><a href="/orders/WO-{order}/" data-key="review">{text}</a></td>
      <td><button form="board-form" formaction="/{key}/{order}/" data-action="{key}" data-key="{key}">{action}</button>
    </tr>"""


def panel(version: int) -> str:
    return f"""<section data-run="r" data-requested="{DAY}" data-version="{version}" data-under-way="0">Plan {version}
      <button form="board-form" formaction="/keep/" data-action="keep" data-key="keep">Keep this plan</button>
      <button form="board-form" formaction="/cancel/" data-key="cancel">Cancel</button></section>"""


PAGE = f"""<!doctype html><title>Board</title><body data-day="{DAY}" data-district="1" data-stream-url="/events/">
<form id="board-form" method="post" action="/runs/" data-decisions><input name="next" value="/"></form>
<div data-run-panel>{panel(1)}</div><input id="id_q"><dialog id="keys">Keys</dialog>
<dialog id="revoke"><h2 data-what></h2><form method="post" data-decisions><input name="reason" required>
<button>Revoke</button></form></dialog><div data-toasts></div><p data-said></p>
<div data-board><table><tbody data-rows>{row(1, "First")}{row(2, "Second")}</tbody></table></div></body>"""


class Site:
    """The static files, the page, and answers to what its scripts ask; posts are kept."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.fetched: list[str] = []
        self.broken: list[str] = []
        self.answer: tuple[int, dict[str, Any]] = (200, {"message": "Approved.", "order": None})

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix("http://lineup.test")
        if path.startswith("/static/"):
            route.fulfill(path=STATIC / path.removeprefix("/static/"))
        elif route.request.method == "POST":
            self.posts.append(path)
            status, body = self.answer
            route.fulfill(status=status, body=json.dumps(body), content_type="application/json")
        elif "/row/" in path:
            self.fetched.append(path)
            if self.broken:
                broken = self.broken.pop()
                route.abort() if broken == "cut" else route.fulfill(status=502)
                return
            route.fulfill(body=row(2, "Fetched"), content_type="text/html")
        else:
            route.fulfill(body=PAGE, content_type="text/html")


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    context = chromium.new_context(base_url="http://lineup.test")
    opened = clock.show(context).new_page()
    opened.route("**/*", site.serve)
    opened.goto("/")
    opened.evaluate(
        """async () => {
            const names = ["board", "decisions", "board-keys", "revoking", "undo-window"];
            const [{ Board }, { Decisions }, { BoardKeys }, { Revoking }, { UndoWindow }] = await Promise.all(
                names.map((name) => import(`/static/js/parts/${name}.js`)));
            window.board = new Board();
            window.done = [];
            for (const part of [board, new Decisions({ onDone: (answer) => done.push(answer) }), new BoardKeys(),
                    new Revoking(), new UndoWindow()]) part.connect();
        }"""
    )
    yield opened
    context.close()


def show(page: Page, order: int, html: str) -> None:
    page.evaluate("(rows) => board.show({ rows })", {str(order): html})


class TestRows:
    def test_a_row_is_replaced_in_place(self, page: Page) -> None:
        show(page, 1, row(1, "First, changed"))

        expect(page.locator("tr")).to_contain_text(["First, changed", "Second"])

    @pytest.mark.parametrize("role", ["link", "button"])
    def test_focus_stays_on_the_same_control(self, page: Page, role: Any) -> None:
        control = page.locator("tr >> nth=0").get_by_role(role)
        control.focus()

        show(page, 1, row(1, "First, changed"))

        expect(page.locator("tr >> nth=0")).to_contain_text("First, changed")
        expect(control).to_be_focused()

    @pytest.mark.parametrize("by", ["focus", "hover"])
    def test_what_a_person_is_about_to_press_does_not_become_another(self, page: Page, by: str) -> None:
        approve = page.locator("tr >> nth=0").get_by_role("button")
        getattr(approve, by)()

        show(page, 1, row(1, "First, changed", undo=True))

        expect(page.locator("tr >> nth=0")).to_have_class(re.compile("is-waiting"))
        expect(approve).to_have_text("Approve")
        page.locator("tr >> nth=1").get_by_role("link").focus()
        page.mouse.move(0, 0)
        expect(page.locator("tr >> nth=0")).to_contain_text("First, changed")

    def test_what_the_person_did_shows_although_the_pointer_is_there(self, page: Page) -> None:
        page.locator("tr >> nth=1").get_by_role("button").hover()

        page.evaluate("board.refresh(2)")

        expect(page.locator("tr >> nth=1")).to_contain_text("Fetched")

    def test_the_row_with_the_keyboard_stays_where_it_is_when_one_above_grows(self, page: Page) -> None:
        page.set_viewport_size({"width": 600, "height": 200})
        page.evaluate("document.body.style.paddingBottom = '2000px'")
        page.locator("tr >> nth=1").get_by_role("link").focus()
        before = page.evaluate(top := "document.querySelectorAll('tr')[1].getBoundingClientRect().top")

        show(page, 1, row(1, "First<br>has<br>become<br>much<br>taller"))

        assert page.evaluate(top) == before

    def test_a_row_under_a_pressed_pointer_waits_for_the_release(self, page: Page) -> None:
        page.locator("tr >> nth=1").get_by_role("link").hover()
        page.mouse.down()

        show(page, 2, row(2, "Second, changed"))

        expect(page.locator("tr >> nth=1")).not_to_contain_text("changed")
        page.mouse.move(0, 0)
        page.mouse.up()
        expect(page.locator("tr >> nth=1")).to_contain_text("Second, changed")

    def test_rows_come_leave_and_change_places_as_the_server_says(self, page: Page, site: Site) -> None:
        told = {"rows": {"3": row(3, "Third")}, "sequence": ["3", "2"]}

        page.evaluate("(told) => board.show(told)", told)

        expect(page.locator("tr")).to_contain_text(["Third", "Second"])
        assert site.fetched == []

    def test_the_table_gives_way_to_words_and_comes_back(self, page: Page) -> None:
        page.evaluate("(told) => board.show(told)", {"sequence": [], "around": "<h2>Nothing is open</h2>"})
        expect(page.locator("[data-board]")).to_have_text("Nothing is open")

        table = "<table><tbody data-rows></tbody></table>"
        page.evaluate(
            "(told) => board.show(told)", {"rows": {"1": row(1, "Again")}, "sequence": ["1"], "around": table}
        )
        expect(page.locator("tr")).to_contain_text(["Again"])

    def test_a_page_that_lacks_a_row_is_asked_for(self, page: Page) -> None:
        page.evaluate("(told) => board.show(told)", {"sequence": ["2"]})
        expect(page.locator("tr")).to_contain_text(["Second"])

        page.evaluate("(told) => board.show(told)", {"sequence": ["1", "2"]})
        # What the server renders has both rows.
        expect(page.locator("tr")).to_contain_text(["First", "Second"])

    def test_a_row_that_a_gateway_cut_off_is_asked_for_again(self, page: Page, site: Site) -> None:
        site.broken = ["cut", "bad gateway"]

        page.evaluate("board.refresh(2)")

        expect(page.locator("tr >> nth=1")).to_contain_text("Fetched")
        assert len(site.fetched) == 3


class TestRunPanel:
    """It is rendered anew every second while a plan is improved."""

    @pytest.fixture
    def shown(self, page: Page) -> Page:
        page.evaluate(
            """async () => {
                const { RunPanel } = await import("/static/js/parts/run-panel.js");
                window.runPanel = new RunPanel();
                runPanel.connect();
            }"""
        )
        return page

    def tell(self, page: Page, version: int) -> None:
        state = {"district": 1, "day": DAY, "version": version, "run": "r", "html": panel(version)}
        page.evaluate("(state) => runPanel.show(state)", state)

    def test_focus_stays_on_the_same_button(self, shown: Page) -> None:
        shown.get_by_role("button", name="Cancel").focus()

        self.tell(shown, 2)

        expect(shown.locator("[data-run]")).to_contain_text("Plan 2")
        expect(shown.get_by_role("button", name="Cancel")).to_be_focused()

    def test_a_button_under_a_pressed_pointer_waits_for_the_release(self, shown: Page, site: Site) -> None:
        shown.get_by_role("button", name="Keep this plan").hover()
        shown.mouse.down()

        self.tell(shown, 2)

        expect(shown.locator("[data-run]")).to_contain_text("Plan 1")
        shown.mouse.up()
        expect(shown.locator("[data-run]")).to_contain_text("Plan 2")
        assert site.posts == ["/keep/"]


class TestKeyboard:
    def test_p_keeps_the_plan(self, page: Page, site: Site) -> None:
        page.keyboard.press("p")

        page.wait_for_function("done.length === 1")
        assert site.posts == ["/keep/"]

    def test_j_and_k_move_and_a_approves_the_current_row(self, page: Page, site: Site) -> None:
        for key in "jjka":
            page.keyboard.press(key)

        page.wait_for_function("done.length === 1")
        assert site.posts == ["/approve/1/"]

    def test_letters_typed_into_the_search_are_letters(self, page: Page, site: Site) -> None:
        page.keyboard.press("j")
        page.keyboard.press("/")
        page.keyboard.type("ajar")

        expect(page.locator("#id_q")).to_have_value("ajar")
        assert site.posts == []

    def test_a_question_mark_shows_the_keys(self, page: Page) -> None:
        page.keyboard.press("?")

        expect(page.locator("#keys")).to_be_visible()


class TestDecisions:
    def test_a_refusal_is_said_with_the_next_step_and_stays(self, page: Page, site: Site) -> None:
        site.answer = (409, {"code": "order-taken", "sentence": "Jonas was first.", "next_step": "Undo it first."})

        page.locator("tr >> nth=0").get_by_role("button").click()

        expect(page.locator("[data-toasts]")).to_contain_text("Jonas was first.Undo it first.")
        assert page.evaluate("done") == []

    def test_a_press_while_one_is_under_way_is_ignored(self, page: Page, site: Site) -> None:
        page.locator("tr >> nth=0").get_by_role("button").dblclick()

        page.wait_for_function("done.length === 1")
        assert site.posts == ["/approve/1/"]

    def test_a_refusal_offers_links_and_buttons_that_the_keyboard_reaches(self, page: Page, site: Site) -> None:
        steps = [{"label": "Approve tentatively", "url": "/approve/1/", "is_post": True, "fields": {"tentative": "1"}}]
        site.answer = (409, {"code": "only-tentative", "sentence": "Pending.", "next_step": "Wait.", "steps": steps})
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page.locator(".toast")).to_have_count(1)
        site.answer = (200, {"message": "Approved tentatively.", "order": 1})

        page.keyboard.press("m")
        page.keyboard.press("Enter")

        page.wait_for_function("done.length === 1")
        assert site.posts == ["/approve/1/", "/approve/1/"]
        expect(page.locator(".toast")).to_have_text(re.compile("Approved tentatively"))
