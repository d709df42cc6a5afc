"""The worker's two loops. Each takes hints from the queue, looks by itself every second, and outlives its errors.

Runs are planned in the main thread, one after another. What must not wait for a run (permits that lapse, clearing up)
has a thread of its own, and so have the reading of other systems and the telling of decisions; see `following` and
`delivery`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.management import call_command
from django.db import close_old_connections, connection
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from assignments.downstream import tracing
from assignments.engine.search import solver
from assignments.services import keyed_answers, presence
from assignments.services.batches import finishing
from assignments.services.decisions import catching_up, restoring
from assignments.services.following import quarantine
from assignments.services.inputs import lapsing
from assignments.services.snapshots import routing
from assignments.services.subscriptions import posting, subscribing
from assignments.services.writebacks import restorations
from assignments.tasks import bookkeeping, delivery, following, planning, process
from notifications.services import event_log
from notifications.services.backoff import Backoff

# Seconds between two looks for hints, and between two looks at the rows themselves.
HINTS_EVERY = 0.2
SWEEP_EVERY = 1.0
REVIEWS_EVERY = 15.0
RESTORATIONS_EVERY = 30.0
CLEAR_EVERY = 3600.0
CATCH_UP_EVERY = 15.0
SUBSCRIPTIONS_EVERY = 60.0
WAITS = Backoff(first=1.0, longest=30.0, least=0.1)
"""After failures in a row."""
READING_SECONDS = 120.0
"""For the sources that are due when everything is done once."""
LEAVING_SECONDS = 1.0
"""For what the threads are at when the process is asked to stop, all of them together."""
BATCH_SECONDS = 1.0
"""Of each turn, that batches may take."""


@dataclass
class Duty:
    """Something to look for again and again."""

    every: float
    look: Callable[[], object]
    due: float = 0.0

    def do(self) -> None:
        """Looks once; all that comes of it belongs to one trace."""
        with tracing.within(tracing.begun()):
            self.look()


@dataclass
class Loop:
    """Looks for the hints of one queue and at its duties until the process is asked to stop."""

    queue: str
    duties: list[Duty]
    failures: int = field(default=0, init=False)

    def run(self) -> None:
        while not process.is_stopping():
            process.stopping.wait(self.turn())
        connection.close()

    def turn(self) -> float:
        """Does what there is to do now; the seconds until the next turn, more after each failure in a row."""
        try:
            close_old_connections()
            self.take_hints()
            for duty in self.duties:
                if time.monotonic() >= duty.due and not process.is_stopping():
                    duty.do()
                    duty.due = time.monotonic() + duty.every
        except Exception as error:  # noqa: BLE001 - whatever it was, the next turn may go well
            self.failures += 1
            rest = WAITS.seconds(self.failures)
            process.say(f"cannot go on, next try in {rest:.1f} s: {type(error).__name__}: {error}".replace("\n", " "))
            connection.close()
            return rest
        self.failures = 0
        return HINTS_EVERY

    def take_hints(self) -> None:
        if not DBTaskResult.objects.ready().filter(queue_name=self.queue).exists():
            return
        # One at a time, so that a request to stop is noticed between two.
        while not process.is_stopping():
            worker = _hint_worker(self.queue)
            worker.run()
            if not worker.took_any:
                return


class _HintWorker(db_worker.Worker):
    @property
    def took_any(self) -> bool:
        return self._run_tasks > 0


def _hint_worker(queue: str) -> _HintWorker:
    return _HintWorker(
        queue_names=[queue],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=1,
        worker_id=process.owner(),
        excluded_queue_names=[],
    )


def work() -> None:
    """Works until the process is asked to stop, and then ends within about two seconds."""
    solver.warm_up()
    process.say(f"worker {process.owner()} is ready")
    threads = [
        threading.Thread(target=_beside().run, name="beside", daemon=True),
        threading.Thread(target=delivery.teller().run, name="telling", daemon=True),
        threading.Thread(target=delivery.poster().run, name="posting", daemon=True),
        threading.Thread(target=following.follower().run, name="following", daemon=True),
        threading.Thread(target=_books().run, name="books", daemon=True),
    ]
    for thread in threads:
        thread.start()
    _planning().run()
    delivery.look()
    following.look()
    # Daemons: one that waits for a system which hangs is left behind.
    until = time.monotonic() + LEAVING_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, until - time.monotonic()))
    process.say("worker has stopped")


def work_once() -> None:
    """Does everything that is to be done now."""
    following.follower().finish(READING_SECONDS)
    loops = [_planning(), _beside(), _books()]
    for loop in loops:
        loop.take_hints()
        for duty in loop.duties:
            duty.do()
    finish_batches(math.inf)
    delivery.teller().finish(60)
    delivery.poster().finish(60)


def _planning() -> Loop:
    return Loop("default", [Duty(SWEEP_EVERY, plan_what_waits)])


def _beside() -> Loop:
    return Loop(
        "writeback",
        [
            Duty(SWEEP_EVERY, lapse_permits),
            Duty(SWEEP_EVERY, finish_batches),
            Duty(RESTORATIONS_EVERY, mind_restorations),
            Duty(CATCH_UP_EVERY, catch_up),
            Duty(SUBSCRIPTIONS_EVERY, mind_subscriptions),
            Duty(REVIEWS_EVERY, lambda: presence.end_silent(now=process.now())),
            Duty(CLEAR_EVERY, clear),
        ],
    )


def _books() -> Loop:
    """A book may take two minutes to be read, which nothing else must wait for."""
    return Loop("books", [Duty(SWEEP_EVERY, bookkeeping.compare), Duty(SWEEP_EVERY, bookkeeping.repair)])


def plan_what_waits() -> None:
    while not process.is_stopping() and planning.claim_and_execute() is not None:
        pass


def lapse_permits() -> None:
    for permit in lapsing.lapse_permits(now=process.now()):
        process.say(f"permit {permit.number} of {permit.order.number}: expired")


def mind_restorations() -> None:
    """Restoration times move as time goes by, although nobody does anything."""
    for word in restoring.lapse(now=process.now()):
        process.say(f"restoration time of {word.order.number}: lapsed")
    if told := restorations.sweep(now=process.now()):
        process.say(f"{len(told)} restoration times told anew")


def catch_up() -> None:
    if made := catching_up.catch_up(now=process.now()):
        process.say(f"{made} decisions to be told to systems that did not hear of them before")
        delivery.teller().look()


def mind_subscriptions() -> None:
    if dropped := posting.drop(now=process.now()):
        process.say(f"{dropped} events not sent: their subscriptions may not hear of them any more, or never came back")
    subscribing.forget_former_secrets(now=process.now())


def finish_batches(seconds: float = BATCH_SECONDS) -> None:
    """Goes on with batches that pages left, a piece at a time: write-backs do not wait."""
    until = time.monotonic() + seconds

    def is_over() -> bool:
        return process.is_stopping() or time.monotonic() >= until

    while not is_over() and (batch := finishing.claim(owner=process.owner(), now=process.now())) is not None:
        settled = finishing.finish(batch=batch, owner=process.owner(), now_fn=process.now, stop=is_over)
        process.say(f"batch {batch.pk} of {batch.day}: {settled} settled")


def clear() -> None:
    """Removes what nobody needs any more: old events, travel times, answers under keys, and hints that were taken."""
    if removed := event_log.trim(now=process.now()):
        process.say(f"{removed} old events removed")
    if removed := routing.trim(now=process.now()):
        process.say(f"{removed} old travel times removed")
    if removed := posting.trim(now=process.now()):
        process.say(f"{removed} events of subscriptions removed that were settled long ago")
    if removed := quarantine.forget(now=process.now()):
        process.say(f"refused records: {removed} removed")
    if removed := keyed_answers.trim(now=process.now()):
        process.say(f"{removed} answers under idempotency keys removed")
    call_command("prune_db_task_results", queue_name="*", min_age_days=1, verbosity=0)
