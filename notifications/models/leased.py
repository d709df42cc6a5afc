from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import connection, models, transaction
from django.db.models import Q


class LeasedQuerySet(models.QuerySet[Any]):
    """Rows that one process at a time works on; each step returns the number of changed rows.

    Every step is one conditional UPDATE, or one of rows that it has locked, so that of two racing processes one gets 0.
    The end of a lease is asked only by a process that claims: a late holder may go on while nobody has taken over.
    `now` is the database's clock (`notifications.services.database_clock`), whatever a machine believes.
    """

    def free(self, now: datetime) -> Self:
        """Never claimed, given back, or claimed by a process whose lease has run out."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def held_by(self, owner: str) -> Self:
        return self.filter(lease_owner=owner)

    def claim(self, *, owner: str, now: datetime, lasts: timedelta, **values: Any) -> int:
        """Leases free rows to the owner; those that somebody else holds at this moment are passed over."""
        free = self.free(now)
        if not connection.features.has_select_for_update_skip_locked:
            return free.take_over(owner=owner, now=now, lasts=lasts, **values)
        with transaction.atomic():
            picked = free.select_for_update(skip_locked=True, of=("self",), no_key=True)
            pks = list(picked.order_by("pk").values_list("pk", flat=True))
            if not pks:
                return 0
            rows: Self = self.model._default_manager.filter(pk__in=pks)
            return rows.take_over(owner=owner, now=now, lasts=lasts, **values)

    def renew(self, *, owner: str, now: datetime, lasts: timedelta, **values: Any) -> int:
        """Extends the owner's lease of rows that nobody has taken over."""
        return self.held_by(owner).update(lease_until=now + lasts, **values)

    def release(self, *, owner: str, **values: Any) -> int:
        """Gives back what the owner holds."""
        return self.held_by(owner).update(**{**Leased.FREE, **values})

    def take_over(self, *, owner: str, now: datetime, lasts: timedelta, **values: Any) -> int:
        """Leases the rows to the owner, whoever holds them."""
        return self.update(lease_owner=owner, lease_until=now + lasts, **values)


class Leased(models.Model):
    """A row that one process at a time works on, for as long as it renews its lease."""

    FREE: ClassVar[dict[str, Any]] = {"lease_owner": "", "lease_until": None}
    """The columns of a row that nobody works on."""

    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
