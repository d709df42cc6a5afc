"""A batch whose page was closed is finished by a worker.

The items hold by themselves that nothing is done twice: each is locked and looked at before it is settled. The lease on
the batch only keeps a worker from going on beside a page or another worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError

from assignments import models
from assignments.downstream import tracing
from assignments.services.batches import batching
from notifications.services import connections, held_rows

logger = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds to wait for rows that somebody else holds."""
AGAIN = timedelta(seconds=10)
"""After which what was held is tried again."""
_SENTENCE = "An error in Lineup ended this one."
_NEXT_STEP = "Look at the order and decide it there; if that fails too, tell an administrator."

Item = models.BatchItem


def claim(*, owner: str, now: datetime) -> models.Batch | None:
    """The batch that was left alone longest, now leased to `owner`; None when there is none."""
    batch: models.Batch
    for batch in models.Batch.objects.left_alone(now).order_by("lease_until")[:50]:
        unclaimed = models.Batch.objects.filter(pk=batch.pk, lease_until=batch.lease_until)
        if unclaimed.claim(owner=owner, now=now, lasts=batching.LEASE):
            return batch
    return None


def finish(
    *, batch: models.Batch, owner: str, now_fn: Callable[[], datetime], stop: Callable[[], bool] = lambda: False
) -> int:
    """Number of settled items: all that are left, unless its page is open again or `stop` says so.

    Each counts as decided by who asked for it: who is no manager any more has it refused.
    """
    held, busy = models.Batch.objects.filter(pk=batch.pk), False
    unfinished = Item.objects.filter(batch=batch, status__in=Item.UNFINISHED)
    settled = 0
    for pk in list(unfinished.order_by(batch.sequence).values_list("pk", flat=True)):
        now = now_fn()
        if stop():
            # Due at once: no lease would mean that nothing is left.
            held.release(owner=owner, lease_until=now)
            return settled
        if not held.renew(owner=owner, now=now, lasts=batching.LEASE):
            return settled
        with tracing.within(batch.trace()):
            is_settled = _settle(pk, now)
        busy |= not is_settled
        settled += is_settled
    # Those that others hold are due again when they have had some time.
    held.release(owner=owner, **({"lease_until": now_fn() + AGAIN} if busy else {}))
    return settled


def _settle(pk: int, now: datetime) -> bool:
    """Whether it was settled; not while somebody else holds what it needs."""
    try:
        with held_rows.brief(PATIENCE):
            batching.settle(item_id=pk, by=None, now=now)
    except DatabaseError as error:
        if connections.is_busy(error):
            held_rows.note(f"Item {pk} of a batch")
            return False
        # Nothing can be settled without it; the lease ends by itself.
        raise
    except Exception:
        # Tried again and again it would hold up what comes after it.
        logger.exception("Item %s of a batch could not be settled", pk)
        said = {"code": "error", "sentence": _SENTENCE, "next_step": _NEXT_STEP}
        for to in (Item.Status.REFUSED, Item.Status.KEPT):
            Item.objects.filter(pk=pk).transition(to, **said)
    return True
