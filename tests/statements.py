"""Choice of the tests that run on a second database, by the statements that they send to the first one.

Inside one transaction a test fails on PostgreSQL alone only where a statement does: of these tests as many run there as
together send every statement that no other test sends. Tests that commit, where locks and several connections decide,
and those of ALWAYS, where values and constraints do, are always chosen. `--statements FOLDER` records;
`--chosen always` takes those that always are, which waits for no record, and `--chosen others` the others, by what was
recorded.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ALWAYS = ("tests/models/", "tests/services/upserting/", "tests/streams/")
# A list of two values asks no other question than a list of three.
_LIST = re.compile(r"%s(?:, %s)+")
_ROWS = re.compile(r"\(%s\)(?:, \(%s\))+")
_SPEAKS_OF_ROWS = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|\()", re.IGNORECASE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--statements", type=Path, help="folder of what was sent")
    parser.addoption("--chosen", choices=["always", "others"], help="choose tests instead of recording")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    folder: Path | None = item.config.getoption("statements")
    if folder is None or item.config.getoption("chosen") or not item.get_closest_marker("database"):
        return (yield)
    sent: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if _SPEAKS_OF_ROWS.match(str(sql)):
            sent.add(kind_of(str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        done = yield
    with (folder / f"{os.getpid()}.txt").open("a") as record:
        record.write(" ".join([*sorted(sent), _name(item)]) + "\n")
    return done


@pytest.hookimpl(trylast=True)  # behind -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    folder: Path | None = config.getoption("statements")
    if folder is None or not config.getoption("chosen"):
        return
    wanted = always = {_name(item) for item in items if item.nodeid.startswith(ALWAYS) or _commits(item)}
    if config.getoption("chosen") == "others":
        wanted = choose(recorded(folder), {_name(item) for item in items}, always) - always
    left_out = [item for item in items if _name(item) not in wanted]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _name(item) in wanted]


@functools.lru_cache(maxsize=20_000)
def kind_of(sql: str) -> str:
    plain = _ROWS.sub("(%s)", _LIST.sub("%s", sql))
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def recorded(folder: Path) -> dict[str, set[str]]:
    """Name of each test that was recorded, and the kinds of its statements."""
    found = {}
    for record in folder.glob("*.txt"):
        for line in record.read_text().splitlines():
            *kinds, name = line.split(" ")
            found[name] = set(kinds)
    return found


def choose(sent: dict[str, set[str]], names: set[str], always: set[str]) -> set[str]:
    """Tests that run `always` or were not recorded, and others until every kind of statement is among them."""
    others = {name: sent[name] for name in names - always if name in sent}
    chosen = names - others.keys()
    missing = set().union(*others.values()) - set().union(*(sent.get(name, set()) for name in chosen))
    while missing:
        best = max(sorted(others), key=lambda name: len(others[name] & missing))
        chosen.add(best)
        missing -= others[best]
    return chosen


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in getattr(item, "fixturenames", ()) or bool(marker and marker.kwargs.get("transaction"))


def _name(item: pytest.Item) -> str:
    """As one word."""
    return item.nodeid.replace(" ", "_")
