"""Telling managers what a source did that nobody should overlook."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from assignments import models
from assignments.services.records import telling


def restored(*, system: models.DownstreamSystem, scope: str, epoch: str, now: datetime) -> None:
    """Tells that the versions of the source have gone back, once for each epoch of a system."""
    _tell(
        system, scope, now, key=f"epoch:{system.pk}:{epoch}",
        title=f"{system} was restored from a copy",
        body="Its versions have gone back, so everything is read from it again. What was entered there since may be "
        "missing.",
    )  # fmt: skip


def missing(*, system: models.DownstreamSystem, scope: str, what: str, since: str, now: datetime) -> None:
    """Asks whether what the list of the source no longer has is to be ended, once until that is settled."""
    _tell(
        system, scope, now, key=f"missing:{system.pk}:{what.rsplit(' ', 1)[-1]}:{since}",
        title=f"{system} no longer lists {what}",
        body="So many at once may be a mistake there: nothing was ended here. If they have really ended, say so under "
        "As of.",
    )  # fmt: skip


def _tell(system: models.DownstreamSystem, scope: str, now: datetime, *, key: str, title: str, body: str) -> None:
    districts = models.District.objects.filter(code=scope) if scope else models.District.objects.all()
    for district in districts:
        telling.tell_managers(
            district=district, kind="source", title=title, body=body, by=telling.LINEUP, now=now,
            url=reverse("assignments:board", args=[district.code]), dedupe_key=f"{key}:{district.pk}",
        )  # fmt: skip
