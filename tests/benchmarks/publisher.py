"""Our side of the benchmark outside the server: fills the database with members, then commits events when asked.

`publisher REQUESTS COUNT` writes one request per member to REQUESTS and prints "ready"; each line `K` on stdin is one
transaction with K events, answered by "NANOSECONDS QUERIES".
"""

from __future__ import annotations

import secrets
import sys
import time
from datetime import timedelta
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from notifications.services import event_log
    from notifications.wire import catalogue

    requests, count = Path(sys.argv[1]), int(sys.argv[2])
    call_command("migrate", verbosity=0)
    district = fill(requests, count)
    tick = catalogue.register(
        catalogue.EventType(name="bench.tick", channel="district:<id>", payload={"text": ""}, description="")
    )
    text = "~" + "x" * 237  # 250 bytes of JSON
    print("ready", flush=True)
    for line in sys.stdin:
        connection.queries_log.clear()
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            entry = event_log.LogEntry(tick, f"district:{district}", {"text": text})
            event_log.publish_all(entries=[entry] * int(line), now=timezone.now())
        print(time.monotonic_ns(), sum("INSERT" in query["sql"] for query in queries), flush=True)


def fill(requests: Path, count: int) -> int:
    """The id of a district with `count` members, each with a session of their own."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from assignments import models
    from tests import factories

    district: int = factories.DistrictFactory().pk
    users = User.objects.bulk_create(User(username=f"reader-{n}", password="!") for n in range(count))
    models.Membership.objects.bulk_create(
        models.Membership(user=user, district_id=district, role=models.Membership.Role.VIEWER) for user in users
    )
    store, sessions, lines = SessionStore(), [], []
    later = timezone.now() + timedelta(hours=12)
    for user in users:
        key = secrets.token_hex(16)
        content = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        sessions.append(Session(session_key=key, session_data=store.encode(content), expire_date=later))
        lines.append(f"GET /events/?district={district} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={key}\r\n\r\n")
    Session.objects.bulk_create(sessions)
    requests.write_bytes("\0".join([*lines, ""]).encode())
    return district


if __name__ == "__main__":
    main()
