"""Acts and sights of a manager, in a manager's words."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests import clock
from tests.browser.stage import PASSWORD, Stage

SOON = 60_000
"""Milliseconds that anything may take, on a busy machine too; who waits for less says so."""
expect.set_options(timeout=SOON)
LIVE = re.compile("^(live|late)$")
"""The pill while the stream runs: on a stage without a worker the systems are not read, and it names them."""

# Each toast is noted as it is shown: those of good news leave after some seconds, whether somebody looked or not.
NOTE_TOASTS = """
window.toasts = [];
addEventListener("DOMContentLoaded", () => {
    const region = document.querySelector("[data-toasts]");
    const shown = (toasts) => [...toasts].filter((one) => one.checkVisibility?.()).map((one) => one.innerText);
    const note = (toasts) => window.toasts.push(...shown(toasts));
    if (!region) return;
    note(region.children);
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => note(addedNodes)))
        .observe(region, { childList: true });
});
"""


class Manager:
    """A person at a browser of their own."""

    def __init__(self, browser: Browser, stage: Stage, name: str, *, session: str = "") -> None:
        """With the key of a `session` they have logged in before."""
        self._stage = stage
        self.name = name
        # Motion is a repainted page sixty times a second, on a core that the tests need.
        context = browser.new_context(
            base_url=stage.address, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        context.add_init_script(NOTE_TOASTS)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": stage.address}])
        self.page: Page = clock.show(context).new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        """Addresses that scripts of further tabs have asked for, the streams left out."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def logs_in(self) -> None:
        self.page.goto("/")
        self.page.get_by_label("User name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def opens_the_board_of_tomorrow(self) -> None:
        self.opens_live(self._stage.board)

    def opens_live(self, path: str) -> None:
        """The page at `path`, once what happens comes to it by itself."""
        self.page.goto(path)
        is_live(self.page)

    def opens_a_tab(self, path: str) -> Page:
        """A further one, live."""
        tab = self.page.context.new_page()
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.goto(path)
        is_live(tab)
        tab.on("request", self._note)
        return tab

    def _note(self, request: Request) -> None:
        if request.resource_type == "fetch":
            self.asked.append(request.url)

    def has_not_reloaded(self) -> bool:
        return is_as_opened(self.page)

    def presses_suggest(self) -> None:
        self.page.get_by_role("button", name="Suggest").click()

    @property
    def run(self) -> Locator:
        return self.page.get_by_role("region", name="Suggestion run")

    def source(self, name: str) -> Locator:
        return self.run.get_by_role("listitem").filter(has_text=name)

    def watches_each_system_being_read(self, *names: str) -> None:
        expect(self.source(names[0])).to_contain_text(re.compile("Reading|Done"))
        for name in names:
            expect(self.source(name)).to_contain_text(re.compile(r"Done\s+\d+ records"))

    def row(self, number: str) -> Locator:
        return self.page.locator(f'tr[data-number="{number}"]')

    @property
    def rows_to_approve(self) -> Locator:
        """Orders with a crew of the plan that needs no second thought."""
        approve = self.page.get_by_role("button", name=re.compile(r"^Approve (?!tentatively)"))
        return self.page.locator("tr[data-number]").filter(has=approve)

    def number_to_approve(self) -> str:
        """The order that stands first among them."""
        number = self.rows_to_approve.first.get_attribute("data-number")
        assert number
        return number

    def opens(self, number: str) -> None:
        self.row(number).locator("a.work-title").click()
        expect(self.page).to_have_url(re.compile(f"/orders/{number}/"))

    def approves_the_best_crew(self) -> str:
        """The crew's name."""
        best = self.page.get_by_role("region", name="Crews that can").get_by_role("article").first
        crew = best.locator("strong").first.inner_text()
        best.get_by_role("button", name="Approve").click()
        return crew

    def sees_on_the_row(self, number: str, text: str | re.Pattern[str]) -> None:
        expect(self.row(number)).to_contain_text(text)

    def sees_written_back(self, number: str, *targets: str) -> None:
        for target in targets:
            # At the beginning: a restoration time that the system is told has a line of its own.
            line = self.row(number).get_by_role("listitem").filter(has_text=re.compile(rf"^\s*{re.escape(target)}"))
            expect(line).to_contain_text("received")

    def is_told(self, text: str, *, tab: Page | None = None) -> None:
        """A toast with the text was shown."""
        (tab or self.page).wait_for_function(
            "(text) => toasts.some((one) => one.includes(text))", arg=text, timeout=SOON
        )

    @property
    def toasts(self) -> Locator:
        return self.page.locator("[data-toasts] .toast")

    @property
    def unread(self) -> Locator:
        return self.page.locator("[data-unread-count]")


def is_live(page: Page) -> None:
    """Waits for the page's stream, and marks the page: the mark is gone after a reload."""
    expect(page.locator("[data-connection-pill]").first).to_have_attribute("data-state", LIVE)
    page.evaluate("window.sameSinceOpened = true")


def is_as_opened(page: Page) -> bool:
    """Whether everything since `is_live` came without a reload."""
    return bool(page.evaluate("window.sameSinceOpened === true"))


def is_settled(page: Page) -> None:
    """Waits until the page is drawn as it stays: scripts and fonts are there, nothing moves, no row is highlighted."""
    page.wait_for_load_state()
    if page.locator("[data-connection-pill]").count():
        expect(page.locator("[data-connection-pill]").first).to_have_attribute("data-state", LIVE)
    expect(page.locator(".is-fresh, .is-busy")).to_have_count(0)
    page.evaluate(_AT_REST)


_AT_REST = """async () => {
    await document.fonts.ready;
    const moving = () => document.getAnimations().filter(({ playState, effect }) =>
        playState === "running" && effect.getComputedTiming().endTime !== Infinity);
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await drawn();
    // What is inherited comes to an element when it has come to its parent: each level begins to move after the last.
    for (let level = 0; level < 100 && moving().length; level++) {
        await Promise.all(moving().map(({ finished }) => finished.catch(() => null)));
        await drawn();
    }
}"""
