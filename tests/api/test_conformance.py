"""The API does what its schema says: each operation with generated requests, valid and invalid ones, in one process.

Requests run in the transaction of the test, on rows that exist: what one of them changes the next one finds.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup

from assignments import models
from assignments.api import pushing
from tests import factories
from tests.examples import drawn

pytestmark = pytest.mark.once
EXAMPLES = drawn(3).max_examples
"""Requests of each kind for each operation."""
HEADERS = {"Authorization": "Bearer lineup_maras", "Accept-Encoding": "identity"}
PUSHING = HEADERS | {"Authorization": "Bearer lineup_work"}
"""Of work management itself."""


@pytest.fixture
def schema(token: models.ApiToken, suggestion: models.Suggestion) -> Iterator[Any]:
    work = factories.DownstreamSystemFactory(code="work")
    factories.ApiTokenFactory(user=token.user, secret="lineup_work", scopes=["push"], system=work)
    # A request must not close the connection that the test's transaction is on.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    headers = {"Authorization": "Bearer lineup_maras", "Accept": "application/vnd.oai.openapi+json"}
    loaded = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application(), headers=headers)
    # A stream ends after minutes; it has tests of its own.
    yield loaded.exclude(operation_id_regex="events_stream")
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_operation_answers_as_the_schema_says(
    schema: Any, rows: dict[str, Any], mode: schemathesis.GenerationMode
) -> None:
    found: dict[str, str] = {}
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(1)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def conforms(case: Any) -> None:
            if mode is schemathesis.GenerationMode.POSITIVE:
                # Rows that exist. What these two headers do on purpose has tests of its own.
                case.path_parameters.update({name: str(rows[name]) for name in case.path_parameters})
                case.headers.pop("If-Match", None)
                case.headers["Idempotency-Key"] = str(uuid.uuid4())
                if case.operation.method == "put":
                    # What a record may be depends on the collection, and has a schema of its own.
                    case.body = pushing.EXAMPLE
            case.call_and_validate(headers=PUSHING if "/inbound/" in case.operation.path else HEADERS)

        try:
            conforms()
        except Unsatisfiable:
            # Nothing that it takes could be wrong.
            assert mode is not schemathesis.GenerationMode.POSITIVE, operation.label
        except FailureGroup as error:
            found[operation.label] = str(error)

    assert not found, "\n\n".join(f"{label}: {error}" for label, error in found.items())
