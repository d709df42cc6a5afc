"""Sessions end by two limits, whatever pages keep in them: so long after the person logged in, and so long idle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from assignments.services.accounts import sessions


class SessionStore(db.SessionStore):
    """Django's table. Keeping something in a session, such as the district seen last, does not prolong it."""

    def get_expiry_age(self, **options: Any) -> int:
        left = sessions.seconds_left(self, now=timezone.now())
        return super().get_expiry_age(**options) if left is None else int(left)

    def get_expiry_date(self, **options: Any) -> datetime:
        left = sessions.seconds_left(self, now=timezone.now())
        return super().get_expiry_date(**options) if left is None else timezone.now() + timedelta(seconds=left)
