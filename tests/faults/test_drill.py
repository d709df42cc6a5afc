"""A minute of the drill: nothing is lost, doubled, out of order or told otherwise, whatever is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import clock, servers

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.long, pytest.mark.serial, pytest.mark.once, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(("--sqlite", "--size", "small", "--boards", "200", "--managers", "15"), id="SQLite"),
        pytest.param(("--boards", "300", "--managers", "20"), id="PostgreSQL"),
    ],
)
def test_every_zero_is_one(flags: tuple[str, ...], tmp_path: Path) -> None:
    servers.need("nginx", "postgresql", "redis-server")
    command = [sys.executable, "-m", "tests.drill", *flags, "--seconds", "60", "--kills", "20", "--keep", str(tmp_path)]
    # Commits are noted by PostgreSQL's clock, which no test sets.
    environment = {name: value for name, value in os.environ.items() if name != clock.SHIFT}

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
