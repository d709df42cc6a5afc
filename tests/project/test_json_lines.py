"""Lines of the log as JSON: one object a line, with what a program looks for."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.tasks import planning, process
from scheduler_site.log_lines import JsonLines
from tests import factories, servers
from tests.project import house

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as JSON."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_refused_request_has_its_ids(client: Client, log: io.StringIO):
    client.get("/events/", headers={"traceparent": TRACEPARENT, "x-request-id": "proxy-0000-0001"})

    [line] = lines(log)
    assert line["trace"] == TRACEPARENT.split("-")[1]
    assert line["request"] == "proxy-0000-0001"
    assert (line["status"], line["level"], line["logger"]) == (401, "warning", "django.request")
    assert line["message"] == "Unauthorized: /events/"
    assert line["timestamp"].endswith("Z")


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "short", 'x" , "level": "none', "a" * 65])
def test_a_request_without_a_proper_id_gets_one(client: Client, log: io.StringIO, sent: str):
    client.get("/events/", headers={"x-request-id": sent})

    [line] = lines(log)
    assert line["request"] not in {sent, ""}


def test_a_traceback_stays_on_the_line(log: io.StringIO):
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("lineup").exception("It %s.", "failed")

    [line] = lines(log)
    assert line["message"] == "It failed."
    assert "ValueError: first\nsecond" in line["exception"]


@pytest.mark.django_db
def test_what_a_worker_did_is_bound_to_its_run(settings: Any, log: io.StringIO, district: models.District):
    settings.LOG_FORMAT = "json"
    logging.getLogger("assignments.tasks.process").setLevel(logging.INFO)
    run = factories.SuggestionRunFactory(district=district, status="QUEUED")

    planning.claim_and_execute(owner="one", now_fn=lambda: factories.NOW, stop=lambda: True)
    process.say("behind it")

    of_run, behind = lines(log)[0], lines(log)[-1]
    assert of_run["run"] == str(run.pk)
    assert of_run["message"].endswith("taken up")
    assert "run" not in behind


@pytest.mark.serial
@pytest.mark.once
def test_all_that_the_web_server_says_is_json(tmp_path: Path):
    environment = {
        **os.environ, "LOG_FORMAT": "json", "DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'lineup.sqlite3'}",
        "PORT": str(servers.free_port()), "WEB_WORKERS": "1", "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("gunicorn")), "-c", "scheduler_site/gunicorn.conf.py"]
    said = []
    with subprocess.Popen(command, cwd=house.ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            said.append(json.loads(line))
            if "Booting worker" in said[-1]["message"]:
                server.terminate()

    assert {line["logger"] for line in said} == {"gunicorn.error"}
