"""Acts and sights of a manager, in a manager's words."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests import clock
from tests.browser.stage import PASSWORD, Stage

AT_ONCE = 1_000
SOON = 15_000
"""Milliseconds."""


class Manager:
    """A person at a browser of their own."""

    def __init__(self, browser: Browser, stage: Stage, name: str) -> None:
        self._stage = stage
        self.name = name
        context = browser.new_context(base_url=stage.address, viewport={"width": 1440, "height": 900})
        self.page: Page = clock.show(context).new_page()
        self.complaints: list[str] = []
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
        self.page.goto("/")
        board = self.page.url.split("?")[0]
        self.page.goto(f"{board}?day={self._stage.day}")
        expect(self.page.locator("[data-connection-pill]")).to_have_attribute("data-state", "live", timeout=SOON)
        # Gone after a reload: that is how we know that everything came by itself.
        self.page.evaluate("window.sameSinceOpened = true")

    def has_not_reloaded(self) -> bool:
        return bool(self.page.evaluate("window.sameSinceOpened === true"))

    def presses_suggest(self) -> None:
        self.page.get_by_role("button", name="Suggest").click()

    @property
    def run(self) -> Locator:
        return self.page.get_by_role("region", name="Suggestion run")

    def source(self, name: str) -> Locator:
        return self.run.get_by_role("listitem").filter(has_text=name)

    def watches_each_system_being_read(self, *names: str) -> None:
        expect(self.source(names[0])).to_contain_text(re.compile("Reading|Done"), timeout=SOON)
        for name in names:
            expect(self.source(name)).to_contain_text(re.compile(r"Done\s+\d+ records"), timeout=SOON)

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

    def sees_on_the_row(self, number: str, text: str | re.Pattern[str], *, within: int = SOON) -> None:
        expect(self.row(number)).to_contain_text(text, timeout=within)

    def sees_written_back(self, number: str, *targets: str) -> None:
        for target in targets:
            line = self.row(number).get_by_role("listitem").filter(has_text=target)
            expect(line).to_contain_text("acknowledged", timeout=SOON)

    @property
    def toasts(self) -> Locator:
        return self.page.locator("[data-toasts] .toast")

    @property
    def unread(self) -> Locator:
        return self.page.locator("[data-unread-count]")
