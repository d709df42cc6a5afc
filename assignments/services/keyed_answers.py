"""One effect and one answer for each idempotency key, whatever the network does to requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import refusals

LONGEST = 128
"""Characters of a key."""


class ReusedKey(refusals.Refusal):
    """The key came before with another request."""

    code = "idempotency-key-reused"
    next_step = "Take a new key for a new request; the old one belongs to what was sent with it first."


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False
    kept: Any = None
    """The body as it is kept, where it holds what must not be."""

    @property
    def is_final(self) -> bool:
        """An effect, or the domain's refusal. Anything else was not tried: the same request may go better."""
        return self.status < HTTPStatus.BAD_REQUEST or self.status == HTTPStatus.CONFLICT


@transaction.atomic
def answer_once(*, caller: str, key: str, digest: str, now: datetime, act: Callable[[], Answer]) -> Answer:
    """The answer of `act`, kept for a day, or what was kept under the key. Raises ReusedKey.

    The row is of the transaction of the effect: both are stored or neither. Of two requests at once the second waits
    for the first, at the unique constraint or at SQLite's lock for writers, and gets its answer.
    """
    models.KeyedAnswer.objects.over(now).filter(caller=caller, key=key).delete()
    row, is_new = models.KeyedAnswer.objects.get_or_create(
        caller=caller, key=key, defaults={"digest": digest, "created_at": now}
    )
    if not is_new:
        return _replayed(row, digest)
    answer = act()
    if answer.is_final:
        row.status, row.body, row.headers = answer.status, answer.kept or answer.body, answer.headers
        row.save(update_fields=["status", "body", "headers"])
    else:
        row.delete()
    return answer


def answer_repeatable(*, caller: str, key: str, digest: str, now: datetime, act: Callable[[], Answer]) -> Answer:
    """As `answer_once`, of an act that is one effect however often it is done: it has transactions of its own, so that
    it need not be one long one, and two at once are both done. Raises ReusedKey."""
    models.KeyedAnswer.objects.over(now).filter(caller=caller, key=key).delete()
    row = models.KeyedAnswer.objects.filter(caller=caller, key=key).first()
    if row is not None:
        return _replayed(row, digest)
    answer = act()
    if answer.is_final:
        models.KeyedAnswer.objects.get_or_create(
            caller=caller, key=key,
            defaults={
                "digest": digest, "created_at": now, "status": answer.status, "body": answer.kept or answer.body,
                "headers": answer.headers,
            },
        )  # fmt: skip
    return answer


def _replayed(row: models.KeyedAnswer, digest: str) -> Answer:
    if row.digest != digest:
        raise ReusedKey("This idempotency key came before with another request.")
    return Answer(row.status, row.body, row.headers, replayed=True)


def trim(*, now: datetime) -> int:
    """Number of answers removed because their day is over."""
    return models.KeyedAnswer.objects.over(now).delete()[0]
