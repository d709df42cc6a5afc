"""The worker's duties, and how they begin and end. Each looks by itself, takes hints, and outlives its errors.

Runs are planned one after another in a thread of their own, and everything else goes on meanwhile; so have the reading
of other systems and the telling of decisions theirs, see `following` and `delivery`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from django.core.management import call_command
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from assignments.engine.search import solver
from assignments.services import keyed_answers, presence, request_limits
from assignments.services.batches import finishing
from assignments.services.decisions import catching_up, restoring
from assignments.services.following import quarantine, trying_again
from assignments.services.inputs import lapsing
from assignments.services.runs import clearing
from assignments.services.snapshots import routing
from assignments.services.subscriptions import posting, subscribing
from assignments.services.writebacks import restorations
from assignments.tasks import bookkeeping, delivery, duties, files, following, planning, process, signs
from notifications.services import event_log

# Seconds between two looks at the rows that no change asks for.
SWEEP_EVERY = 5.0
REVIEWS_EVERY = 15.0
PERMITS_EVERY = 30.0
RESTORATIONS_EVERY = 30.0
WITHDRAWN_EVERY = 60.0
CLEAR_EVERY = 3600.0
CATCH_UP_EVERY = 15.0
SUBSCRIPTIONS_EVERY = 60.0
UNTAKEN_EVERY = 30.0
READING_SECONDS = 120.0
"""For the sources that are due when everything is done once."""
LEAVING_SECONDS = 1.0
"""For what the threads are at when the process is asked to stop, all of them together."""
PLANNING_SECONDS = 10.0
"""For a run that is given back when the process is asked to stop."""
BATCH_SECONDS = 1.0
"""Of each turn, that batches may take."""
COMPILING_SECONDS = 5.0
"""After which people are told that the engine is not ready yet."""


def take_hints(queue: str) -> None:
    """Does what the hints of one queue say."""
    if not DBTaskResult.objects.ready().filter(queue_name=queue).exists():
        return
    # One at a time, so that a request to stop is noticed between two.
    while not process.is_stopping():
        worker = _hint_worker(queue)
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
    planned, others = _planning(), _others()
    wakes = [duty.wake for duty in (planned, *others) if duty.is_woken]
    ahead = _begun("planning", planned.run)
    threads = [_begun("signs", signs.give), *(_begun(duty.name, duty.run) for duty in others)]
    threads += [
        _begun("telling", delivery.teller().run),
        _begun("posting", delivery.poster().run),
        _begun("following", following.follower().run),
        *duties.listen([*wakes, delivery.look, following.nudge]),
    ]
    process.stopping.wait()
    for wake in (duty.wake for duty in (planned, *others)):
        wake()
    delivery.look()
    following.look()
    ahead.join(timeout=PLANNING_SECONDS)
    # Daemons: one that waits for a system which hangs is left behind.
    until = time.monotonic() + LEAVING_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, until - time.monotonic()))
    process.say("worker has stopped")


def _begun(name: str, run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def make_ready() -> None:
    """Compiles the engine, or loads what was compiled before; everything but planning goes on meanwhile."""
    words = f"worker {process.owner()} tells and reads; the engine is compiled, which takes minutes the first time"
    slow = threading.Timer(COMPILING_SECONDS, process.say, [words])
    slow.daemon = True
    slow.start()
    try:
        solver.warm_up()
    finally:
        slow.cancel()
    process.spare_what_is_loaded()
    process.say(f"worker {process.owner()} is ready")


def work_once() -> None:
    """Does everything that is to be done now."""
    following.follower().finish(READING_SECONDS)
    for duty in (_planning(), *_others()):
        duty.do()
    finish_batches(math.inf)
    delivery.teller().finish(60)
    delivery.poster().finish(60)


def _planning() -> duties.Duty:
    return duties.Duty("planning", plan_what_waits, SWEEP_EVERY, is_woken=True, prepare=make_ready)


def _others() -> list[duties.Duty]:
    """Everything that must not wait for a run."""
    return [
        duties.Duty("files", files.import_what_waits, SWEEP_EVERY, is_woken=True),
        duties.Duty("hints", lambda: take_hints("writeback"), SWEEP_EVERY, is_woken=True),
        duties.Duty("permits", lapse_permits, PERMITS_EVERY, next_at=lambda: lapsing.next_at(now=process.now())),
        duties.Duty("batches", lambda: finish_batches(math.inf), SWEEP_EVERY, is_woken=True),
        duties.Duty("restorations", mind_restorations, RESTORATIONS_EVERY),
        duties.Duty("catching up", catch_up, CATCH_UP_EVERY),
        duties.Duty("untaken", mind_what_was_not_taken, UNTAKEN_EVERY),
        duties.Duty("subscriptions", mind_subscriptions, SUBSCRIPTIONS_EVERY),
        duties.Duty("reviews", lambda: presence.end_silent(now=process.now()), REVIEWS_EVERY),
        duties.Duty("withdrawn", clear_withdrawn, WITHDRAWN_EVERY),
        duties.Duty("clearing", clear, CLEAR_EVERY),
        duties.Duty("comparing", bookkeeping.compare, SWEEP_EVERY, is_woken=True),
        duties.Duty("repairing", bookkeeping.repair, SWEEP_EVERY, is_woken=True),
    ]


def plan_what_waits() -> None:
    take_hints("default")
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


def mind_what_was_not_taken() -> None:
    if taken := trying_again.take_of_new_districts(now=process.now()):
        process.say(f"{taken} records taken of districts that are new")
    quarantine.tell_of_waiting(now=process.now())


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


def clear_withdrawn() -> None:
    """Removes suggestions that no longer count; nobody who writes waits for long."""
    removed = clearing.clear(now=process.now(), pause=files.let_others_write, stop=process.is_stopping)
    if removed:
        process.say(f"{removed} withdrawn suggestions removed")


def clear() -> None:
    """Removes what nobody needs any more: old events, travel times, counts, answers under keys, used hints."""
    if removed := event_log.trim(now=process.now()):
        process.say(f"{removed} old events removed")
    if removed := routing.trim(now=process.now()):
        process.say(f"{removed} old travel times removed")
    if removed := posting.trim(now=process.now()):
        process.say(f"{removed} events of subscriptions removed that were settled long ago")
    if removed := quarantine.forget(now=process.now()):
        process.say(f"refused records: {removed} removed")
    if removed := files.clear():
        process.say(f"{removed} rows removed of imports that are long over")
    if removed := keyed_answers.trim(now=process.now()):
        process.say(f"{removed} answers under idempotency keys removed")
    if removed := request_limits.trim(now=process.now()):
        process.say(f"{removed} counts of requests and attempts to sign in removed")
    call_command("prune_db_task_results", queue_name="*", min_age_days=1, verbosity=0)
