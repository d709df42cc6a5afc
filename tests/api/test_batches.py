"""Many approvals by one request: a worker carries them out, and the batch says how far it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.tasks import worker
from tests import factories
from tests.api.conftest import assert_problem

BATCHES = "/api/v1/batches/"


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def body(suggestion: models.Suggestion) -> dict[str, Any]:
    day = timezone.localdate(suggestion.starts_at, suggestion.order.district.zone)
    return {"district": "NORTH", "day": day.isoformat(), "suggestions": [suggestion.pk]}


def test_is_begun_and_carried_out_by_a_worker(as_mara: Client, body: dict[str, Any]) -> None:
    begun = post(as_mara, BATCHES, body)
    assert (begun.status_code, begun.json()["waiting"], begun.json()["is_finished"]) == (202, 1, False)

    worker.finish_batches()

    done = as_mara.get(begun.headers["Location"]).json()
    assert (done["standing"], done["is_finished"]) == (1, True)
    [item] = done["items"]
    assert (item["order"], item["status"]) == ("WO-1", "APPROVED")
    assert as_mara.get(f"/api/v1/assignments/{item['assignment']}/").json()["order"] == "WO-1"


def test_names_its_token_in_the_audit(as_mara: Client, token: models.ApiToken, body: dict[str, Any]) -> None:
    post(as_mara, BATCHES, body)

    assert models.AuditEntry.objects.get(verb="batch.started").token_name == token.name


def test_is_taken_back(as_mara: Client, body: dict[str, Any]) -> None:
    location = post(as_mara, BATCHES, body).headers["Location"]
    worker.finish_batches()

    leaving = post(as_mara, f"{location}take-back/", {"reason": "Storm"}).json()
    worker.finish_batches()

    assert (leaving["leaving"], leaving["is_finished"]) == (1, False)
    assert as_mara.get(location).json()["gone"] == 1
    assert_problem(post(as_mara, f"{location}take-back/", {"reason": "Storm"}), 409, "nothing-to-take-back")


def test_a_refused_item_says_why_and_what_next(as_mara: Client, body: dict[str, Any]) -> None:
    models.WorkOrder.objects.update(duration_minutes=300)
    location = post(as_mara, BATCHES, body).headers["Location"]
    worker.finish_batches()

    [item] = as_mara.get(location).json()["items"]
    assert (item["status"], item["code"]) == ("REFUSED", "suggestion-stale")
    assert item["sentence"]
    assert item["next_step"]


def test_takes_no_suggestion_of_another_district(as_mara: Client, body: dict[str, Any], elsewhere: Any) -> None:
    other = factories.SuggestionFactory(order=factories.OrderFactory(district=elsewhere))

    problem = assert_problem(post(as_mara, BATCHES, body | {"suggestions": [other.pk]}), 400, "invalid")

    assert problem["errors"][0]["field"] == "suggestions"
    assert not models.Batch.objects.exists()
