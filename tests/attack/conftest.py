"""An attacker with every right: what breaks for nobody else breaks for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client

from assignments import models
from assignments.services import calendars
from tests import factories
from tests.api.conftest import order, rows, suggestion

__all__ = ["order", "rows", "suggestion"]


class Attacker:
    """Sends one request at a time on the same rows, and keeps the answers that nobody should get."""

    def __init__(self, person: Any) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(person)
        self.broken: list[str] = []
        self.sent = 0

    def send(self, method: str, path: str, *args: Any, **options: Any) -> int:
        """The status of the answer."""
        with transaction.atomic():
            answer = self.client.generic(method, path, *args, **options)
            _close(answer)
            transaction.set_rollback(True)
        self.sent += 1
        wrong = answer.status_code >= 500
        if path.startswith("/api/") and answer.status_code >= 400:
            wrong = wrong or answer.headers["Content-Type"] != "application/problem+json"
        if wrong:
            told = f"{method} {path[:300]} {str(args)[:120]} {str(options)[:200]}"
            self.broken.append(f"{answer.status_code} {answer.headers['Content-Type']}: {told}")
        return int(answer.status_code)


def _close(answer: Any) -> None:
    """Without giving up the connection, which the test's transaction is on."""
    if answer.streaming:
        request_finished.disconnect(close_old_connections)
        answer.close()
        request_finished.connect(close_old_connections)


@pytest.fixture
def attacker(mara: Any) -> Iterator[Attacker]:
    mara.is_staff = mara.is_superuser = True
    mara.save()
    # A line for each refusal takes as long as the refusal.
    logging.disable(logging.WARNING)
    yield Attacker(mara)
    logging.disable(logging.NOTSET)


@pytest.fixture
def values(rows: dict[str, Any], mara: Any, district: models.District) -> dict[str, Any]:
    """A row for every parameter of an address; nothing is let through that no address of a row exists for."""
    mine = {"person": mara, "district": district, "created_at": factories.NOW}
    view = models.SavedView.objects.create(name="Mine", query="q=1", **mine)
    file = factories.FileImportFactory()
    target = models.DownstreamSystem.objects.filter(is_target=True).first()
    crew = factories.CrewFactory(district=district)
    feed, secret = calendars.open_feed(crew=crew, by=mara, now=factories.NOW)
    return rows | {
        "view_id": view.pk, "file_id": file.pk, "target": target.code, "system": target.code, "system_id": target.pk,
        "sealed": "nobody-sealed-this", "kind": "csv", "object_id": 1, "app_label": "assignments", "url": "nothing/",
        "id": mara.pk, "content_type_id": 1, "feed_id": feed.pk, "secret": secret,
        "session_id": models.SignOn.objects.first().pk,
        "step_id": 1,
    }  # fmt: skip
