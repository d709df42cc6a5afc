"""Tests that run in forked processes: each verdict arrives, also that of a process that dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.project.house import ROOT

SUITE = {
    "test_good.py": """
        import os, pytest

        @pytest.fixture(scope="session")
        def shared(tmp_path_factory):
            place = tmp_path_factory.mktemp("shared")
            yield place
            print("ended", os.getpid(), file=open(os.environ["NOTES"], "a"))

        def test_one(shared): print("said aside")
        def test_two(shared): assert shared.exists()
        """,
    "test_bad.py": """
        def test_fails():
            print("said before")
            assert 1 == 2

        def test_goes_on(): pass
        """,
    "test_fatal.py": """
        import os

        def test_dies(): os._exit(7)
        def test_is_next(): pass
        """,
    "test_last.py": "def test_last(): pass",
}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    for name, text in SUITE.items():
        (tmp_path / name).write_text(re.sub(r"^        ", "", text, flags=re.MULTILINE))
    return tmp_path


def command(*arguments: str) -> list[str]:
    mine = ["-c", os.devnull, "--rootdir=.", "-p", "tests.forking", "-p", "no:django", "-p", "no:randomly"]
    return [sys.executable, "-m", "pytest", *mine, "-p", "no:cacheprovider", "--forks=2", *arguments]


def environment(suite: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "NOTES": str(suite / "notes")}


def test_every_verdict_arrives(suite: Path) -> None:
    done = subprocess.run(
        command("--junitxml=told.xml"), cwd=suite, env=environment(suite), capture_output=True, text=True, check=False
    )

    found = {
        case.get("name"): case.find("failure") is not None
        for case in ElementTree.parse(suite / "told.xml").iter("testcase")
    }
    fatal = next(name for name in found if name and "test_dies" in name)
    assert {name for name, failed in found.items() if failed} == {"test_fails", fatal}
    assert set(found) - {fatal} == {"test_one", "test_two", "test_fails", "test_goes_on", "test_is_next", "test_last"}
    assert done.returncode == 1
    assert "ended with 7 in test_fatal.py::test_dies" in done.stdout
    assert "said before" in done.stdout
    assert "said aside" not in done.stdout


def test_what_they_share_is_ended(suite: Path) -> None:
    subprocess.run(command("test_good.py", "test_last.py"), cwd=suite, env=environment(suite), check=True)

    assert "ended" in (suite / "notes").read_text()


WAITING = """
import time

def test_waits(shared):
    (shared / ".." / ".." / "there").touch()
    time.sleep(200)
"""
DEAF = """
import time

def test_waits(shared):
    try:
        (shared / ".." / ".." / "there").touch()
        time.sleep(200)
    except KeyboardInterrupt:
        time.sleep(200)
"""
"""Python forgets an interrupt that it raises in a call back of its collector."""


@pytest.mark.parametrize("test", [WAITING, DEAF], ids=["that waits", "that heard nothing"])
def test_ctrl_c_ends_what_they_share(suite: Path, test: str) -> None:
    (suite / "test_good.py").write_text((suite / "test_good.py").read_text() + test)
    waiting = [*command("test_good.py"), f"--basetemp={suite / 'base'}"]
    with subprocess.Popen(waiting, cwd=suite, env=environment(suite), stdout=subprocess.DEVNULL) as process:
        while not (suite / "base" / "there").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=180) == pytest.ExitCode.INTERRUPTED
    assert "ended" in (suite / "notes").read_text()
