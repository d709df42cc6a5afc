from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from assignments import models
from assignments.downstream import client, messages
from assignments.tasks import process
from tests import factories
from tests.downstream.conftest import ScriptedSystem
from tests.services.following.calls import PATIENCE, Sources
from tests.services.sources import WORLD, Source


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


@pytest.fixture(autouse=True)
def _at_work() -> Iterator[None]:
    """Nobody has asked the process to stop."""
    process.stopping.clear()
    yield
    process.stopping.clear()


@pytest.fixture
def sources(district: models.District) -> Iterator[Sources]:
    """The three systems of the utility, each a real HTTP server."""
    with ExitStack() as stack:
        found = {}
        for kind, resources in messages.RESOURCES.items():
            http = stack.enter_context(ScriptedSystem())
            code = kind.lower()
            factories.DownstreamSystemFactory(code=code, base_url=http.url, timeout_seconds=PATIENCE)
            found[code] = Source(http, {resource: list(WORLD[resource]) for resource in resources})
        yield found
    for thread in threading.enumerate():
        if thread.name.startswith("reading-"):
            thread.join(PATIENCE)
