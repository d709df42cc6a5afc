"""The client of docs/integration.md, as it stands there, assigns an order while worker and systems run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "integration.md"
LONGEST = 40
"""Lines of code."""
ISSUE = """
from django.contrib.auth import get_user_model
from assignments import models
mara = get_user_model().objects.get(username="mara")
token = models.ApiToken(name="Client", user=mara, scopes=["read", "suggest", "decide"])
token.digest = token.digest_of("lineup_client")
token.save()
"""


def test_runs_from_a_suggestion_to_an_acknowledged_decision(stage: Stage, tmp_path: Path) -> None:
    _, source = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len([line for line in source.splitlines() if line.strip()]) <= LONGEST
    client = tmp_path / "client.py"
    client.write_text(source)
    stage.does(ISSUE)

    done = subprocess.run(
        [sys.executable, str(client), "ALD", stage.day],
        env={**os.environ, "LINEUP": stage.address, "TOKEN": "lineup_client"},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "done"
    [(number, status)] = stage.rows(
        "SELECT number, assignments_assignment.status FROM assignments_assignment "
        "JOIN assignments_workorder ON order_id = assignments_workorder.id"
    )
    assert second.startswith(f"{number} is known to ")
    assert status == "CONFIRMED"
