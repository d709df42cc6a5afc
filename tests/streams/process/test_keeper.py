"""The keeper of a process's streams: it asks again and again who may still read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from notifications.services import access

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def opened(client: Client) -> Iterator[bytes]:
    response: HttpResponseBase = client.get("/events/")
    assert isinstance(response, StreamingHttpResponse)
    chunks: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[arg-type]
    next(chunks)
    return chunks


def test_a_new_interval_holds_for_streams_that_are_open(as_mara: Client, impatient: Callable[..., None]) -> None:
    impatient(review=60)
    chunks = opened(as_mara)
    impatient(review=0.1)
    as_mara.session.delete()

    assert b'"access"' in b"".join(chunks)


def test_rights_that_change_all_the_time_keep_nobody_elses_from_being_checked(
    as_mara: Client, mara: Any, jonas: Any, impatient: Callable[..., None]
) -> None:
    impatient(review=0.5)
    as_jonas = Client()
    as_jonas.force_login(jonas)
    of_mara, of_jonas = opened(as_mara), opened(as_jonas)
    stopped = threading.Event()

    def change() -> None:
        while not stopped.wait(0.05):
            access.review(user_id=mara.pk, now=timezone.now())
        connection.close()

    changing = threading.Thread(target=change)
    changing.start()
    as_jonas.session.delete()
    before = time.monotonic()
    said = b"".join(of_jonas)
    took = time.monotonic() - before
    stopped.set()
    changing.join()

    assert next(of_mara)
    assert b'"access"' in said
    assert took < 30
