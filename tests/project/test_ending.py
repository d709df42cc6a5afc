"""A process that is asked to end, whatever its main thread is at."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.project.house import ROOT

ASKED = """
import os, signal, threading, time
from notifications.services import ending

over = threading.Event()
ending.set_by_signals(over, signal.SIGTERM, signal.SIGINT)
{before}
over.wait()
print("over")
"""
ITSELF = "os.kill(os.getpid(), signal.SIGTERM)"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(ITSELF, id="before it waits"),
        pytest.param(f"with over._cond: {ITSELF}; time.sleep(0.2)", id="as it begins to wait"),
        pytest.param(f"threading.Timer(0.5, lambda: {ITSELF}).start()", id="while it waits"),
        pytest.param(f"[{ITSELF} for _ in range(100)]", id="again and again"),
    ],
)
def test_a_signal_ends_the_wait(before: str) -> None:
    asked = [sys.executable, "-c", ASKED.format(before=before)]

    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "over\n"
