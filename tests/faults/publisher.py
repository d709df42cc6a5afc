"""Commits events without pause from several threads, whatever happens to the database, and says in the end what became.

    python -m tests.faults.publisher HEADERS READERS [PAUSE]

Writes a "Cookie: …" line for each reader to HEADERS and prints the district that they may read; begins at a line on
stdin, ends at the next one, and prints a JSON object: `log` holds all events, [id, seconds, position], in the order of
positions, with the time at which the transaction that committed began; `kept` are the ids whose commit was confirmed,
and `gone` those of transactions that rolled back. PAUSE are the seconds between two transactions of a writer. Runs
are asked for too, so that a worker has something to tell.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from notifications.models import Event

WRITERS = 3
PAUSE = 0.15
PATIENCE = 60


class Writer(threading.Thread):
    """An event is "writer-serial". A transaction whose commit was not confirmed is written again under its keys."""

    def __init__(self, number: int, district: int, pause: float, stopped: threading.Event) -> None:
        super().__init__()
        self.number, self.district, self.pause, self.stopped = number, district, pause, stopped
        self.chance = random.Random()
        self.serial = 0
        self.kept: list[str] = []
        self.gone: list[str] = []

    def run(self) -> None:
        from django.db import connection

        while not self.stopped.wait(self.chance.uniform(0, 2 * self.pause)):
            ids = [f"{self.number}-{self.serial + one}" for one in range(self.chance.randint(1, 3))]
            self.serial += len(ids)
            is_kept = self.chance.random() > 0.2
            self.insist(ids, is_kept=is_kept)
            (self.kept if is_kept else self.gone).extend(ids)
        connection.close()

    def insist(self, ids: list[str], *, is_kept: bool) -> None:
        from django.db import Error, connection

        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.write(ids, is_kept=is_kept)
            except Error:
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def write(self, ids: list[str], *, is_kept: bool) -> None:
        from django.db import transaction
        from django.utils import timezone

        from notifications.services import event_log
        from notifications.wire import event_types

        with transaction.atomic():
            for one in ids:
                event_log.publish(
                    type=event_types.NOTIFICATION_READ,
                    channels=f"district:{self.district}",
                    data={"user": 0, "notification": [one, time.time()]},
                    now=timezone.now(),
                    dedupe_key=one,
                )
            transaction.set_rollback(not is_kept)


def ask_for_runs(district: int, stopped: threading.Event) -> None:
    from django.contrib.auth.models import User
    from django.db import Error, connection
    from django.utils import timezone

    from assignments import models
    from assignments.services.runs import running

    asked_in = models.District.objects.get(pk=district)
    # Not one of the readers, who would be told of the runs on a channel of their own.
    manager = User.objects.create(username="manager")
    models.Membership.objects.create(user=manager, district=asked_in, role=models.Membership.Role.MANAGER)
    while not stopped.wait(0.5):
        try:
            now = timezone.now()
            running.request_run(district=asked_in, day=now.astimezone(asked_in.zone).date(), by=manager, now=now)
        except Error:
            connection.close()
    connection.close()


def main() -> None:
    # Its writers commit at the same time.
    os.environ["DATABASE_POOL"] = "10"
    django.setup()
    from django.db import connection

    from notifications.models import Event
    from tests import databases

    if connection.vendor == "sqlite":
        shutil.copy(databases.sqlite_template(), connection.settings_dict["NAME"])
    else:
        connection.close()
        databases.fill(os.environ["DATABASE_URL"])
    print(prepare(Path(sys.argv[1]), int(sys.argv[2])), flush=True)
    district = int(sys.stdin.readline())
    stopped = threading.Event()
    pause = float(sys.argv[3]) if len(sys.argv) > 3 else PAUSE
    writers = [Writer(number, district, pause, stopped) for number in range(WRITERS)]
    threads = [*writers, threading.Thread(target=ask_for_runs, args=(district, stopped))]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stopped.set()
    for thread in threads:
        thread.join()
    # The one that prepared may have been cut.
    connection.close()
    # That no worker runs is told by the web processes, also behind the end.
    rows = Event.objects.on([f"district:{district}"]).after(0).exclude(type="workers.changed")
    told = {
        "log": [[*begun(row), row.position] for row in rows],
        "kept": [one for writer in writers for one in writer.kept],
        "gone": [one for writer in writers for one in writer.gone],
    }
    print(json.dumps(told), flush=True)


def begun(row: Event) -> tuple[str, float]:
    """The event's id, and when its transaction began."""
    if row.dedupe_key is None:
        return f"row {row.pk}", row.created_at.timestamp()
    one, seconds = row.data["notification"]
    return one, seconds


def prepare(headers: Path, count: int) -> int:
    """The id of a district with `count` members, each with a session of their own."""
    from tests.benchmarks import publisher

    requests = headers.with_suffix(".requests")
    district = publisher.fill(requests, count)
    lines = [line for line in requests.read_text().splitlines() if line.startswith("Cookie: ")]
    headers.write_text("\n".join(lines) + "\n")
    return district


if __name__ == "__main__":
    main()
