"""A process beside the web server that runs the Python it is sent, as a worker or a command would.

One for many pieces: each process of its own would spend two seconds of a core on importing Lineup.
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path


class Beside:
    """The other end of its pipes."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("a") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.beside"],
                cwd=Path(__file__).resolve().parents[2],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def does(self, code: str) -> None:
        """Raises AssertionError with the traceback of what went wrong there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(code)}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process beside the web server has died"
        assert json.loads(answer) == "", json.loads(answer)

    def end(self) -> None:
        self._process.communicate(timeout=30)


def main() -> None:
    import django
    from django.db import connections

    # Commands print; on standard output nothing but answers may stand.
    answers, sys.stdout = sys.stdout, sys.stderr
    django.setup()
    for line in sys.stdin:
        failure = ""
        try:
            exec(json.loads(line), {"__name__": "beside"})
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it was, it is told where it was asked for
            failure = traceback.format_exc()
        finally:
            connections.close_all()
        answers.write(f"{json.dumps(failure)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
