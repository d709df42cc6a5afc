"""Measures the import of a large file of orders in a whole Lineup on SQLite, while boards are read and others write.

    python -m tests.benchmarks.importing [--rows 35000]

The orders are a year's, 96 of each day.

Web server, worker and three downstream systems run as in `make demo`. A file is sent as a browser would; while a worker
imports it, one manager asks for a board again and again, and somebody else takes SQLite's write lock.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import functools
import io
import re
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from tests.browser.stage import PASSWORD, Stage, until

STATUS = "SELECT status, rows, checked, applied FROM assignments_fileimport"
HEAD = """| rows | read | checked | imported | lock, p99 | before | request, p99 | before | longest | web's memory |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
BASELINE = 20
"""Seconds of the same reading and writing before the import."""
BOSS = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("boss", password="{}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=35_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Stage(Path(home)) as stage:
        stage.seed()
        stage.start()
        stage.does(BOSS.format(PASSWORD))
        print(HEAD, flush=True)
        print(f"| {asked.rows:,} | {' | '.join(_measure(stage, asked.rows))} |", flush=True)


def _measure(stage: Stage, rows: int) -> list[str]:
    mara, boss = _logged_in(stage, "mara"), _logged_in(stage, "boss")
    for _ in range(10):
        mara.get(stage.board)
    memory = _memory(stage)
    with _reading(mara, stage) as usual_requests, _writing(stage) as usual_waits:
        time.sleep(BASELINE)
    with _reading(mara, stage) as requests, _writing(stage) as waits:
        began = time.perf_counter()
        page = boss.get("/admin/assignments/workorder/import/")
        sent = boss.post(
            "/admin/assignments/workorder/import/",
            data={"csrfmiddlewaretoken": _token(page), "dates": "iso"},
            files={"import_file": ("orders.csv", _file(rows), "text/csv")},
        )
        requests.append(time.perf_counter() - began)
        seconds = list(_steps(stage))
    assert stage.rows(STATUS) == [("DONE", rows, rows, rows)], stage.rows(STATUS)
    assert "TIMEOUT" not in stage.log_of("web")
    assert boss.get(sent.url.path).status_code == httpx.codes.OK
    figures = [_p99(waits), _p99(usual_waits), _p99(requests), _p99(usual_requests), max(requests)]
    return [
        *(f"{one:.0f} s" for one in seconds), *(f"{1000 * one:.0f} ms" for one in figures),
        f"{memory / 1e6:.0f} to {_memory(stage) / 1e6:.0f} MB",
    ]  # fmt: skip


def _reading(browser: httpx.Client, stage: Stage) -> contextlib.AbstractContextManager[list[float]]:
    return _again_and_again(lambda: browser.get(stage.board).raise_for_status(), 0.2)


def _steps(stage: Stage) -> Iterator[float]:
    """Seconds of each step."""
    steps = (("READING", "CHECKING"), ("CHECKING", "APPLYING"), ("APPLYING", "DONE"))
    for step, after in steps:
        began = time.perf_counter()
        until(functools.partial(_is_past, stage, step), f"{step} is over", seconds=7200)
        assert _status(stage) in (after, "DONE"), stage.log_of("worker")
        yield time.perf_counter() - began


def _is_past(stage: Stage, step: str) -> bool:
    return _status(stage) != step


def _status(stage: Stage) -> str:
    return str(stage.rows(STATUS)[0][0])


def _file(rows: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    columns = (
        "number", "district", "kind", "title", "latitude", "longitude", "duration_minutes", "earliest_start", "address",
        "needs", "prerequisites",
    )  # fmt: skip
    writer.writerow(columns)
    first = datetime.now(UTC).date() + timedelta(days=30)
    for number in range(rows):
        after = f"F-{number - 7}" if number % 10 == 9 else ""
        day = first + timedelta(days=number // 96)
        cells = (
            f"F-{number}", "ALD", "INSPECTION", f"Inspect pole {number}", 41.5 + number % 100 / 500,
            -88.5 + number % 77 / 400, 60, f"{day}T07:00", f"{number} Elm Street", "LINE" * (number % 3 == 0), after,
        )  # fmt: skip
        writer.writerow(cells)
    return text.getvalue().encode()


def _logged_in(stage: Stage, name: str) -> httpx.Client:
    browser = httpx.Client(base_url=stage.address, follow_redirects=True, timeout=60)
    form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": _token(browser.get("/login/"))}
    browser.post("/login/", data=form).raise_for_status()
    return browser


def _token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found
    return found[1]


@contextmanager
def _again_and_again(act: Callable[[], object], pause: float) -> Iterator[list[float]]:
    """Seconds that each act took."""
    over, took = threading.Event(), list[float]()

    def go_on() -> None:
        while not over.wait(pause):
            began = time.perf_counter()
            act()
            took.append(time.perf_counter() - began)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()


@contextmanager
def _writing(stage: Stage) -> Iterator[list[float]]:
    """Seconds for which somebody waits who takes the write lock every 20 ms, and looks every millisecond."""

    def take() -> None:
        with closing(sqlite3.connect(stage.database, timeout=0, isolation_level=None)) as database:
            while True:
                try:
                    database.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    time.sleep(0.001)
                else:
                    database.execute("ROLLBACK")
                    return

    with _again_and_again(take, 0.02) as waits:
        yield waits


def _memory(stage: Stage) -> int:
    """Bytes of memory of its own that the largest web process has."""
    return max(stage.memory_of("web"))


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[-1]


if __name__ == "__main__":
    main()
