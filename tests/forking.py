"""Tests side by side in forked processes: `--forks N`.

pytest-xdist starts processes that each import the house and collect every test again: 15 s of a processor for each of
17 in one run. Here pytest collects once and forks; a child runs what shares a scope (a file, or a folder of journeys)
and asks for the next one. A child that dies is told as the failure of its test, and another takes its place.

tests/conftest.py has put first what starts servers and mostly waits for them. Some children begin there, and as many as
there are cores at the other end, stepping back for them: the cores are busy, and nobody waits for a server in a crowd.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import pytest

CORES = os.cpu_count() or 1
PATIENCE = 60
"""Seconds that a child has to end its servers after an interrupt."""
AGAIN = 5
"""Seconds between two interrupts of a child that goes on."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, help="processes side by side; 0: all in this one")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    forks: int = session.config.getoption("forks")
    if not forks or session.config.option.collectonly or session.testsfailed:
        return None
    Parent(session, scopes_of(session.items)).run(forks)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
    return True


def scopes_of(items: list[pytest.Item]) -> deque[list[pytest.Item]]:
    """Tests by what shares servers, in the order of the first of each."""
    found: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        file = item.nodeid.partition("::")[0]
        # Journeys of a folder share Chromium and the databases that they begin with.
        found[file.rpartition("/")[0] if file.startswith("tests/browser/") else file].append(item)
    return deque(found.values())


@dataclass
class Child:
    process: ForkProcess
    pipe: Connection
    from_end: bool
    scope: list[pytest.Item] = field(default_factory=list)
    running: str = ""
    """The test of its scope that it has begun and not ended."""


@dataclass
class Parent:
    session: pytest.Session
    waiting: deque[list[pytest.Item]]
    children: list[Child] = field(default_factory=list)
    started: int = 0

    def run(self, forks: int) -> None:
        # What was imported and collected stays: without walking it again and again the tests take a tenth less.
        gc.collect()
        gc.freeze()
        for number in range(min(forks, len(self.waiting))):
            self.fork(from_end=number >= max(1, forks - CORES))
        try:
            while self.children:
                for ready in connection.wait([child.pipe for child in self.children]):
                    self.hear(next(child for child in self.children if child.pipe is ready))
        finally:
            # Ctrl-C, or a fault in a plug-in: the children end what they started.
            end([child.process for child in self.children])

    def fork(self, *, from_end: bool) -> None:
        ours, theirs = get_context("fork").Pipe()
        name = f"gw{self.started}"
        not_its_own = [ours, *(child.pipe for child in self.children)]
        arguments = (self.session, theirs, name, not_its_own, from_end)
        process = get_context("fork").Process(target=in_child, args=arguments, name=name)
        # A Ctrl-C that comes during the fork would be raised in one of its hooks, which is told and forgotten.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        self.started += 1
        self.children.append(Child(process, ours, from_end))

    def hear(self, child: Child) -> None:
        hook = self.session.config.hook
        try:
            kind, told = child.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.bury(child)
            return
        if kind == "next":
            child.running = ""
            is_over = self.session.shouldfail or self.session.shouldstop or not self.waiting
            child.scope = [] if is_over else self.waiting.pop() if child.from_end else self.waiting.popleft()
            child.pipe.send([item.nodeid for item in child.scope])
        elif kind == "begun":
            child.running = told
        else:
            report = hook.pytest_report_from_serializable(config=self.session.config, data=told)
            hook.pytest_runtest_logreport(report=report)

    def bury(self, child: Child) -> None:
        child.process.join()
        self.children.remove(child)
        if not child.process.exitcode:
            return
        self.session.config.hook.pytest_runtest_logreport(report=crash(child))
        if not child.running:
            return
        names = [item.nodeid for item in child.scope]
        if rest := child.scope[names.index(child.running) + 1 :]:
            self.waiting.appendleft(rest)
        if self.waiting:
            self.fork(from_end=child.from_end)


def crash(child: Child) -> pytest.TestReport:
    test = child.running or f"the end of {child.process.name}"
    words = f"{child.process.name} ended with {child.process.exitcode} in {test}"
    return pytest.TestReport(test, (test, None, test), {}, "failed", words, "call")


def end(processes: list[ForkProcess]) -> None:
    """Interrupts again and again: what is raised while the collector calls back is told and forgotten."""
    for number in [signal.SIGINT] * (PATIENCE // AGAIN) + [signal.SIGKILL]:
        for process in processes:
            if process.is_alive() and process.pid:
                os.kill(process.pid, number)
        until = time.monotonic() + AGAIN
        for process in processes:
            process.join(max(0, until - time.monotonic()))


def in_child(
    session: pytest.Session, pipe: Connection, name: str, not_its_own: list[Connection], steps_back: bool
) -> None:
    """Runs one scope after the other until there is none, then ends the fixtures of the session."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for other in not_its_own:
        # A pipe that a sibling holds too would not tell that the parent is gone.
        other.close()
    if steps_back:
        os.nice(10)
    config = session.config
    # pytest-django and our fixtures know by this that others run beside them.
    config.workerinput = {"workerid": name}  # type: ignore[attr-defined]
    apart(config, name)
    config.pluginmanager.register(Teller(config, pipe))
    items = {item.nodeid: item for item in session.items}
    # EOFError: the parent is gone.
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        for tests in iter(partial(asked_for, pipe), []):
            for test, following in zip(tests, [*tests[1:], None], strict=True):
                pipe.send(("begun", test))
                # Behind the last test of a scope all ends but what belongs to the session.
                after: Any = items[following] if following else session
                config.hook.pytest_runtest_protocol(item=items[test], nextitem=after)
    # Another interrupt would leave servers behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    session._setupstate.teardown_exact(None)
    sys.stdout.flush()


def asked_for(pipe: Connection) -> list[str]:
    """The tests of the next scope; none when there is no other."""
    pipe.send(("next", None))
    tests: list[str] = pipe.recv()
    return tests


def apart(config: pytest.Config, name: str) -> None:
    """Gives the child its own captured output and temporary files, and no screen: it shares what the parent opened."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    factory: Any = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = factory.getbasetemp() / f"popen-{name}"
    factory._basetemp.mkdir(mode=0o700)
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    reporter._tw._file = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process


@dataclass(eq=False)  # a plug-in has to be hashable
class Teller:
    """Sends what became of each test to the parent, which prints and counts it."""

    config: pytest.Config
    pipe: Connection

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.pipe.send(("report", self.config.hook.pytest_report_to_serializable(config=self.config, report=report)))
