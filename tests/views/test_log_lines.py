"""The log of the web server: refused requests are one line each, errors of ours keep their traceback."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from assignments.presenters.overview import first_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that Django logs, as it is configured."""
    configured: Any = logging.config.DictConfigurator(settings.LOGGING)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(configured.configure_formatter(configured.config["formatters"]["line"]))
    logging.getLogger("django").addHandler(handler)
    yield handler.stream
    logging.getLogger("django").removeHandler(handler)


def test_a_page_for_administrators_alone(manager: Client, log: io.StringIO):
    assert manager.get("/setup/").status_code == 403

    [line] = log.getvalue().splitlines()
    assert "WARNING django.request: Forbidden (Permission denied): /setup/" in line


def test_a_page_that_is_not_there(manager: Client, log: io.StringIO):
    assert manager.get("/orders/NONE/").status_code == 404

    [line] = log.getvalue().splitlines()
    assert "WARNING django.request: Not Found: /orders/NONE/" in line


def test_a_name_under_which_nobody_serves(manager: Client, log: io.StringIO):
    assert manager.get("/", headers={"Host": "elsewhere.example"}).status_code == 400

    [line] = log.getvalue().splitlines()
    assert "WARNING django.security.DisallowedHost: Invalid HTTP_HOST header: 'elsewhere.example'" in line


def test_a_body_that_cannot_be_read(manager: Client, log: io.StringIO):
    answer = manager.post("/districts/NORTH/approvals/start/", b"x", content_type="multipart/form-data; boundary=")

    assert answer.status_code == 400
    [line] = log.getvalue().splitlines()
    assert "WARNING django.request: Bad request (Unable to parse request body)" in line


def test_an_error_of_ours_says_where(admin_client: Client, log: io.StringIO, monkeypatch: pytest.MonkeyPatch):
    admin_client.raise_request_exception = False
    monkeypatch.setattr(first_use, "steps", None)

    assert admin_client.get("/setup/").status_code == 500

    first, *more = log.getvalue().splitlines()
    assert "ERROR   django.request: Internal Server Error: /setup/" in first
    assert more[0].startswith("Traceback")
