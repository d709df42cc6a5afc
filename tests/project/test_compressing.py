"""Pages are compressed; what must come at once, or be compared byte by byte, is not."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
ASKS = {"Accept-Encoding": "gzip"}


@pytest.fixture
def reader(mara: Any) -> Client:
    client = Client(headers=ASKS)
    client.force_login(mara)
    return client


def test_a_page_is(reader: Client) -> None:
    page = reader.get("/districts/NORTH/board/")

    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert b"<!doctype html>" in gzip.decompress(page.content)


def test_a_page_is_not_for_who_cannot_read_it(mara: Any) -> None:
    client = Client()
    client.force_login(mara)

    assert "Content-Encoding" not in client.get("/districts/NORTH/board/").headers


def test_a_stream_is_not(reader: Client) -> None:
    stream = reader.get("/events/")

    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert stream.headers["Content-Encoding"] == "identity"
    stream.close()


def test_an_answer_with_an_etag_keeps_it(reader: Client, district: Any) -> None:
    factories.OrderFactory(district=district, number="WO-1")

    answer = reader.get("/api/v1/orders/WO-1/")

    assert not answer.headers["ETag"].startswith("W/")
    assert "Content-Encoding" not in answer.headers
