"""The databases that journeys begin with, each made once: installed, seeded, suggested and decided."""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests import databases
from tests.browser.stage import PASSWORD, Stage

PEOPLE = ("mara", "jonas", "vic")
LOG_IN = """
import json, pathlib
from django.contrib.auth import get_user_model
from django.test import Client
keys = {{}}
for name in {names!r}:
    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    keys[name] = client.cookies["sessionid"].value
pathlib.Path({place!r}).write_text(json.dumps(keys))
"""
INSTALL = f"""
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("ada", "ada@lineup.example", {PASSWORD!r})
"""
BEGIN = """
from datetime import date
from django.contrib.auth import get_user_model
from django.utils import timezone
from assignments import models
from assignments.tasks import worker
now, day = timezone.now(), date.fromisoformat({day!r})
mara = get_user_model().objects.get(username="mara")
district = models.District.objects.get(code="ALD")
"""
SUGGEST = """
from assignments.services.runs import running
running.request_run(district=district, day=day, by=mara, now=now)
worker.work_once()
run = models.SuggestionRun.objects.get()
assert run.status == "READY", (run.status, run.error, list(run.sources.values()))
"""
DECIDE = """
from assignments.services.batches import batching
simple = models.Suggestion.objects.filter(in_plan=True, status="PROPOSED", tentative=False, team="", warnings=[])
batch = batching.start(district=district, day=day, suggestions=simple.order_by("starts_at")[:2], by=mara, now=now)
assert batching.go_on(batch=batch, by=mara, now=now, seconds=60) == 0
worker.work_once()
assert models.Assignment.objects.count() == 2
"""


@dataclass(frozen=True, slots=True)
class Beginnings:
    home: Path
    today: date
    """The day on which they were made; the run is for the day after it."""

    sessions: dict[str, str]
    """Keys of people who have logged in, by name."""

    @property
    def installed(self) -> Path:
        """No rows but the account of the administrator, ada."""
        return self.home / "installed.sqlite3"

    @property
    def seeded(self) -> Path:
        """An invented small utility."""
        return self.home / "seeded.sqlite3"

    @property
    def suggested(self) -> Path:
        """The same after a run for tomorrow, nothing decided."""
        return self.home / "suggested.sqlite3"

    @property
    def decided(self) -> Path:
        """The same after Mara has approved two orders of the plan in a batch, which all systems took."""
        return self.home / "decided.sqlite3"


def made_once(home: Path) -> Beginnings:
    """Made by whichever process of a test run comes first; the others wait for it."""
    home.mkdir(exist_ok=True)
    made = home / "made.json"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with Stage(home / "stage") as stage:
                _make(stage, home)
            # Last: it says that all the others are there.
            made.write_text(json.dumps([stage.today.isoformat(), json.loads((home / "sessions.json").read_text())]))
    today, sessions = json.loads(made.read_text())
    return Beginnings(home, date.fromisoformat(today), sessions)


def _make(stage: Stage, home: Path) -> None:
    beginnings = Beginnings(home, stage.today, {})
    empty = home / "empty.sqlite3"
    with databases.one_at_a_time():
        shutil.copy(databases.sqlite_template(), empty)
    stage.begin(empty)
    stage.does(INSTALL)
    stage.keep(beginnings.installed)
    stage.begin(empty)
    stage.seed()
    stage.does(LOG_IN.format(names=PEOPLE, place=str(home / "sessions.json")))
    stage.keep(beginnings.seeded)
    stage.start_systems()
    begin = BEGIN.format(day=stage.day)
    stage.does(begin + SUGGEST)
    stage.keep(beginnings.suggested)
    stage.does(begin + DECIDE)
    stage.keep(beginnings.decided)
