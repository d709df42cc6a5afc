"""Tokens for some of their user's districts and acts; the audit names the token."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.services import tokens
from tests import factories
from tests.api.conftest import assert_problem, bearer


@pytest.fixture
def as_southern(mara: Any, elsewhere: models.District) -> Client:
    """Mara manages both districts; this token of hers is for the southern one."""
    factories.MembershipFactory(user=mara, district=elsewhere, role="MANAGER")
    given = ["read", "suggest", "decide"]
    _, secret = tokens.issue(
        name="South only", user=mara, scopes=given, districts=[elsewhere], by=mara, now=timezone.now()
    )
    return bearer(secret)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


class TestATokenForADistrict:
    def test_reads_and_decides_there_alone(self, as_southern: Client, suggestion: models.Suggestion) -> None:
        factories.OrderFactory(district=models.District.objects.get(code="SOUTH"), number="WO-S")

        assert [row["code"] for row in as_southern.get("/api/v1/districts/").json()["results"]] == ["SOUTH"]
        assert [row["number"] for row in as_southern.get("/api/v1/orders/").json()["results"]] == ["WO-S"]
        assert_problem(as_southern.get("/api/v1/orders/WO-1/"), 404, "not-found")
        assert_problem(post(as_southern, f"/api/v1/suggestions/{suggestion.pk}/approve/"), 404, "not-found")

    def test_follows_no_other_streams(self, as_southern: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district)

        assert_problem(as_southern.get("/api/v1/events/?district=NORTH"), 404, "not-found")
        assert_problem(as_southern.get(f"/api/v1/runs/{run.pk}/events/"), 404, "not-found")

    def test_becomes_one_for_nothing_when_its_district_is_gone(
        self, as_southern: Client, elsewhere: models.District, district: models.District
    ) -> None:
        models.Membership.objects.filter(district=elsewhere).delete()
        elsewhere.delete()

        assert as_southern.get("/api/v1/districts/").json()["results"] == []

    def test_leaves_the_user_their_rights_on_the_pages(self, as_southern: Client, mara: Any) -> None:
        client = Client()
        client.force_login(mara)

        rows = client.get("/api/v1/districts/").json()["results"]
        assert [row["code"] for row in rows] == ["NORTH", "SOUTH"]


class TestTheAudit:
    def test_names_the_token_and_its_user(
        self, as_mara: Client, token: models.ApiToken, suggestion: models.Suggestion
    ) -> None:
        post(as_mara, f"/api/v1/suggestions/{suggestion.pk}/approve/")

        entry = models.AuditEntry.objects.get(verb="assignment.approved")
        assert (entry.actor_name, entry.token_name) == ("Mara Lindqvist", token.name)
        assert entry.shown_actor == f"Mara Lindqvist through {token.name}"

    def test_names_none_for_a_person(self, mara: Any, suggestion: models.Suggestion) -> None:
        client = Client()
        client.force_login(mara)
        post(client, f"/api/v1/suggestions/{suggestion.pk}/approve/")

        assert models.AuditEntry.objects.get(verb="assignment.approved").token_name is None


class TestTheScopeToSuggest:
    def test_starts_runs_and_decides_nothing(self, mara: Any, suggestion: models.Suggestion) -> None:
        factories.ApiTokenFactory(user=mara, secret="lineup_planner", scopes=["read", "suggest"])
        client, today = bearer("lineup_planner"), timezone.now().date().isoformat()

        assert post(client, "/api/v1/runs/", {"district": "NORTH", "day": today}).status_code == 202
        problem = assert_problem(
            post(client, f"/api/v1/suggestions/{suggestion.pk}/approve/"), 403, "permission-denied"
        )
        assert "lacks the scope “decide”" in problem["detail"]
