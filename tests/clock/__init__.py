"""The clock of a test run: a moment that it sets, from which time goes on in every process that it starts.

`TEST_CLOCK` names the moment in the district's zone. Clocks that only measure (monotonic) stay as they are.
"""

from __future__ import annotations

import os
import runpy
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

ZONE = ZoneInfo("America/Chicago")
MOMENT = "2026-06-16T06:10"
"""An ordinary Tuesday, ten minutes into the day shift."""

_MODULE = Path(__file__).parent / "everywhere" / "sitecustomize.py"
SHIFT = "TEST_CLOCK_SHIFT"
# Only what asks for the present is answered otherwise; timers and performance.now() measure as before.
_DATE = """(shift) => {
  const real = Date;
  const now = () => real.now() + shift;
  globalThis.Date = new Proxy(real, {
    construct: (target, given, asked) => Reflect.construct(target, given.length ? given : [now()], asked),
    apply: () => new real(now()).toString(),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
}"""


def begin() -> None:
    """Sets this process's clock, and by the environment that of every Python it starts."""
    if SHIFT in os.environ:
        return
    moment = datetime.fromisoformat(os.environ.get("TEST_CLOCK", MOMENT)).replace(tzinfo=ZONE)
    os.environ[SHIFT] = str(int(moment.timestamp()) * 1_000_000_000 - time.time_ns())
    path = [str(_MODULE.parent), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    runpy.run_path(str(_MODULE))


def show(context: BrowserContext) -> BrowserContext:
    """Sets the clock of a browser's pages, which is JavaScript's Date."""
    context.add_init_script(f"({_DATE})({int(os.environ[SHIFT]) // 1_000_000})")
    return context
