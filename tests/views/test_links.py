"""Links of one page: two that lead to different places have different names."""

from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser

import pytest
from django.test import Client

from assignments import models

PAGES = ("board", "schedule", "map", "today", "permits", "write-backs", "approvals", "storm")
DAYS = ("2026-06-14", "2026-06-15", "2026-06-16", "2026-07-01")
"""Yesterday, today, tomorrow, and a day without a name."""


class Links(HTMLParser):
    """The addresses that each name leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.led: dict[str, set[str]] = defaultdict(set)
        self._address: str | None = None
        self._name = ""
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given = dict(attrs)
            self._address, self._label, self._name = given.get("href"), given.get("aria-label") or "", ""

    def handle_data(self, data: str) -> None:
        self._name += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address:
            self.led[" ".join((self._label or self._name).split())].add(self._address)
            self._address = None


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("page", PAGES)
def test_a_name_leads_to_one_place(manager: Client, suggestion: models.Suggestion, page: str, day: str) -> None:
    answer = manager.get(f"/districts/NORTH/{page}/", {"day": day})
    links = Links()

    links.feed(answer.content.decode())

    assert len(links.led) > 5
    assert {name: places for name, places in links.led.items() if len(places) > 1} == {}
