"""The commands of the README as they are typed there, and what is said where they cannot work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import house

pytestmark = [pytest.mark.once, pytest.mark.serial]

README = (house.ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/python (manage\.py .+?)(?: +#.*)?$", README, re.MULTILINE)


def run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which has nothing but this environment."""
    clean = {"PATH": os.environ["PATH"], **dict.fromkeys(house.listed_variables(), "")} | environment
    return subprocess.run(
        [sys.executable, *command.split()], cwd=house.ROOT, env=clean, capture_output=True, text=True, check=False
    )


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'lineup.sqlite3'}"


def test_the_readme_sets_what_its_commands_need():
    assert "export DEBUG=1" in README
    assert len(COMMANDS) >= 5


def test_work_one_after_another_as_they_are_typed(database: str):
    for command in COMMANDS:
        # The worker would run until it is ended (tests/commands/work), and an administrator be asked for a password.
        typed = {"manage.py work": "manage.py work --help"}.get(command, command)
        typed += " --generate" if "first_administrator" in typed else ""
        done = run(typed, DEBUG="1", DATABASE_URL=database)

        assert done.returncode == 0, f"{typed}: {done.stderr}"
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_without_settings_they_say_what_to_set(command: str):
    done = run(command)

    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY is not set.")
    assert done.stderr.count("\n") == 1


def test_before_the_tables_are_made_it_says_so(database: str):
    done = run("manage.py check_system WORK", DEBUG="1", DATABASE_URL=database)

    assert done.returncode == 1
    assert "Run manage.py migrate first." in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_database_server_it_says_so():
    done = run("manage.py check_system WORK", DEBUG="1", DATABASE_URL="postgres://lineup@127.0.0.1:1/lineup")

    assert done.returncode == 1
    assert "Look at DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_shows_the_traceback_to_somebody_who_asks_for_it():
    done = run("manage.py migrate --traceback")

    assert "Traceback" in done.stderr


def test_without_the_packages_it_says_where_they_are():
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "check"], cwd=house.ROOT, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip

    assert done.returncode == 1
    assert "requirements.txt" in done.stderr
