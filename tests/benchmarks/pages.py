"""Measures how long a manager waits for the first byte of a page, in a whole Lineup with the demo's utility.

    python -m tests.benchmarks.pages [--size utility] [--times 40]

Web server, worker and three downstream systems run as in `make demo`, on SQLite. Of the coming days the one with the
longest board is planned first, so that the rows have suggestions to show; the board of a far day, which is not planned,
has every open order of the district. Each page is then asked for again and again
over one connection, the pages by turns; the first round is not counted.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import httpx

from tests.browser.stage import PASSWORD, Stage, until

PLANNED_WITHIN = 300
"""Seconds."""
FAR = timedelta(days=28)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="utility", choices=["small", "district", "utility"])
    parser.add_argument("--times", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Stage(Path(home), size=asked.size) as stage:
        began = time.perf_counter()
        stage.seed()
        filled = time.perf_counter() - began
        stage.start()
        with httpx.Client(base_url=stage.address, follow_redirects=True, timeout=60) as browser:
            board, day, orders = _longest_board(browser, stage)
            _plan(browser, stage, board, day)
            everything = _orders_on(browser, board, far := f"{date.fromisoformat(day) + FAR}")
            pages = _pages(browser, board, day, far)
            found = _measure(browser, pages, asked.times)
    print(f"The invented utility was written in {filled:.0f} s.")
    print(f"{orders:,} orders on the planned board, {everything:,} on the other; each page {asked.times} times; ms:")
    print("\n| to the first byte of | median | p95 | kilobytes |\n| --- | ---: | ---: | ---: |")
    for name, (waits, size) in found.items():
        p95 = statistics.quantiles(waits, n=20)[-1]
        print(f"| {name} | {statistics.median(waits):.0f} | {p95:.0f} | {size / 1000:.0f} |")


def _longest_board(browser: httpx.Client, stage: Stage) -> tuple[str, str, int]:
    """The address of Mara's board, the day of the coming week with most orders on it, and how many these are."""
    login = browser.get("/login/")
    form = {"username": "mara", "password": PASSWORD, "csrfmiddlewaretoken": _token(login)}
    board = browser.post("/login/", data=form).url.path
    first = date.fromisoformat(stage.day)
    days = [f"{first + timedelta(days=ahead)}" for ahead in range(6)]
    counts = {day: _orders_on(browser, board, day) for day in days}
    longest = max(counts, key=lambda day: counts[day])
    return board, longest, counts[longest]


def _orders_on(browser: httpx.Client, board: str, day: str) -> int:
    shown = re.search(r'data-count="all">(\d+)<', browser.get(board, params={"day": day}).text)
    assert shown
    return int(shown[1])


def _plan(browser: httpx.Client, stage: Stage, board: str, day: str) -> None:
    page = browser.get(board, params={"day": day})
    form = {"csrfmiddlewaretoken": _token(page), "district": board.split("/")[2], "day": day}
    browser.post("/runs/", data=form).raise_for_status()
    ended = "SELECT COUNT(*) FROM assignments_suggestionrun WHERE status IN ('READY', 'PARTIAL')"
    until(lambda: stage.rows(ended) == [(1,)], "the day is planned", seconds=PLANNED_WITHIN)


def _pages(browser: httpx.Client, board: str, day: str, far: str) -> dict[str, str]:
    first = re.search(r'href="(/orders/[^"?]+)\?', browser.get(board, params={"day": day}).text)
    assert first
    schedule = board.replace("/board/", "/schedule/")
    return {
        "board, planned": f"{board}?day={day}",
        "board, every open order": f"{board}?day={far}",
        "board, filtered": f"{board}?day={day}&status=READY&permit=none&q=a",
        "review": f"{first[1]}?day={day}",
        "schedule": f"{schedule}?day={day}",
    }


def _measure(browser: httpx.Client, pages: dict[str, str], times: int) -> dict[str, tuple[list[float], int]]:
    waits: dict[str, list[float]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for turn in range(times + 1):
        for name, address in pages.items():
            began = time.perf_counter()
            with browser.stream("GET", address) as answer:
                chunks = answer.iter_raw()
                size = len(next(chunks))
                waited = (time.perf_counter() - began) * 1_000
                assert answer.status_code == httpx.codes.OK, f"{address}: {answer.status_code}"
                sizes[name] = size + sum(map(len, chunks))
            if turn:
                waits[name].append(waited)
    return {name: (waits[name], sizes[name]) for name in pages}


def _token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found
    return found[1]


if __name__ == "__main__":
    main()
