"""Addresses of crews' calendars: made for one person, replaced and revoked at any time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import auditing


@transaction.atomic
def open_feed(*, crew: models.Crew, by: Any, now: datetime) -> tuple[models.CalendarFeed, str]:
    """The person's new address for the crew and its secret, which is not kept; an earlier one answers no more."""
    # Whoever presses twice: the second waits here, and replaces what the first has made.
    models.Membership.objects.select_for_update(no_key=True).filter(user=by, district=crew.district).first()
    for old in models.CalendarFeed.objects.of(by).live().filter(crew=crew):
        revoke_feed(feed=old, by=by, now=now)
    secret = models.CalendarFeed.new_secret()
    digest = models.CalendarFeed.digest_of(secret)
    feed = models.CalendarFeed.objects.create(person=by, crew=crew, digest=digest, created_at=now)
    auditing.record(verb="calendar.opened", row=feed, by=by, now=now, district=crew.district, after={"crew": crew.name})
    return feed, secret


@transaction.atomic
def revoke_feed(*, feed: models.CalendarFeed, by: Any, now: datetime) -> bool:
    """Whether the address answered until now."""
    changed = models.CalendarFeed.objects.live().filter(pk=feed.pk).update(revoked_at=now)
    if changed:
        crew = feed.crew
        auditing.record(
            verb="calendar.revoked", row=feed, by=by, now=now, district=crew.district, before={"crew": crew.name}
        )
    return bool(changed)


def find_feed(*, secret: str) -> models.CalendarFeed | None:
    """The live feed of this secret, if its person may still read the crew's district."""
    found = models.CalendarFeed.objects.live().matching(secret).select_related("person", "crew__district").first()
    if found is None or not found.person.is_active:
        return None
    may_read = models.District.objects.readable_by(found.person).filter(pk=found.crew.district_id).exists()
    return found if may_read else None
