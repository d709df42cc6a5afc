"""The engine compiled and the database migrated, once for all processes of a run, beside the collecting.

With `-p tests.preparing`. The first test begins when both are done.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# One of several runs at the same time compiles, and the others find it done.
COMPILE = """
import fcntl
from assignments.engine.search import solver
with open({path!r}) as once:
    fcntl.flock(once, fcntl.LOCK_EX)
    solver.warm_up()
"""
MIGRATE = "import django; django.setup(); from tests import databases; databases.prepare()"
BEGUN = pytest.StashKey[list[subprocess.Popen[bytes]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-engine", action="store_true", help="begin before the engine is compiled")


def pytest_sessionstart(session: pytest.Session) -> None:
    compiling = [] if session.config.getoption("without_engine") else [COMPILE.format(path=__file__)]
    session.stash[BEGUN] = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for code in [*compiling, MIGRATE]]


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, bool | None, bool | None]:
    if any(one.wait() for one in session.stash[BEGUN]):
        raise session.Failed("the engine could not be compiled, or the database not migrated")
    if not session.config.getoption("without_engine"):
        # Loaded once, for all the processes that are forked from this one.
        from assignments.engine.search import solver

        solver.warm_up()
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where no test was reached."""
    for one in session.stash[BEGUN]:
        one.kill()
        one.wait()
