"""The memory of the API: answers under idempotency keys, and the requests of each caller in a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models


class KeyedAnswerQuerySet(models.QuerySet["KeyedAnswer"]):
    def over(self, now: datetime) -> KeyedAnswerQuerySet:
        """Answers whose key may be used anew."""
        return self.filter(created_at__lte=now - KeyedAnswer.LIFE)


class KeyedAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`; a row of the transaction that has the effect."""

    LIFE = timedelta(hours=24)

    caller = models.CharField(max_length=40)
    """`token:7`, or `user:3` for a browser session."""
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    """Of method, address and body: another request under the same key is refused."""
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    objects = KeyedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_caller_and_key")]

    def __str__(self) -> str:
        return f"{self.status} to {self.caller}, {self.key}"


class RequestCount(models.Model):
    """Requests that a caller has taken out of the present minute, over all server processes."""

    caller = models.CharField(max_length=40, unique=True)
    minute = models.PositiveBigIntegerField()
    """Minutes since 1970."""
    taken = models.PositiveIntegerField()

    class Meta:
        ordering = ["caller"]

    def __str__(self) -> str:
        return f"{self.caller}: {self.taken}"
