"""Every route with everybody who has no business there: deny by default, and always as problem details."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.api import urls
from notifications.models import Notification
from tests import factories
from tests.api.conftest import ACTS, ROUTES, assert_problem, bearer, signed_in

PATTERNS = {str(route.name): route.pattern for route in urls.urlpatterns}
READS = sorted(name for name, view in ROUTES.items() if hasattr(view, "get"))
OPERATIONS = [("get", name) for name in READS] + [("post", name) for name in ACTS] + [("get", "not-here")]
STREAMS = {"events", "run-events"}
OF_THE_SITE = {"comparison", "comparisons", "message-schema", "message-schemas", "system", "systems"}
"""For the members of any district."""
OF_A_DISTRICT = [(method, name) for method, name in OPERATIONS if PATTERNS[name].converters and name not in OF_THE_SITE]
"""With a row of the district in the address; the other routes list what the caller may see."""
LISTS = sorted(set(READS) - {"schema"} - STREAMS - OF_THE_SITE - {name for _, name in OF_A_DISTRICT})
BODIES: dict[str, Any] = {
    "runs": {"district": "NORTH", "day": str(timezone.now().date())},
    "order-emergency-accept": {"shift": 1, "fingerprint": "0-0"},
    "order-override-approve": {
        "starts_at": "2026-06-15T08:00:00Z", "rules": [], "fingerprint": "0", "code": "DANGER",
    },
    "order-restoration": {"back_at": "2026-06-15T20:00:00Z", "reason": "Because."},
    "order-split": {"longest_minutes": 240},
    "assignment-move": {"crew": 1, "starts_at": "2026-06-15T08:00:00Z", "version": 1},
    "assignment-reassign": {"crew": 1, "version": 1},
    "batches": {"district": "NORTH", "day": "2026-06-15"},
    "notes": {"district": "NORTH", "text": "The bucket truck is back tomorrow."},
    "batch-take-back": {"reason": "Because."},
    "subscriptions": {
        "name": "GIS", "address": "https://gis.example/", "kinds": ["order.changed"], "districts": ["NORTH"],
    },
    "suggestion-reject": {"reason": "Because."},
    "assignment-revoke": {"reason": "Because."},
    "storm-declare": {"reason": "Because."},
    "storm-end": {"reason": "Because."},
    "write-backs-retry": {"district": "NORTH"},
    "write-back-correct": {"reason": "Because."},
    "write-back-write-off": {"reason": "Because."},
}  # fmt: skip
QUERIES: dict[str, Any] = {
    "suggestions": {"order": "WO-1"},
    "assignment-move": {"crew": 1, "starts_at": "2026-06-15T08:00:00Z"},
}
OWN = {"notification", "notification-read", "notifications-read"}
"""Of one's own inbox, whatever one's role."""


@pytest.fixture
def addresses(rows: dict[str, Any]) -> dict[str, str]:
    """The address of every route, with rows of the district that exist."""
    return {
        name: reverse(f"api:{name}", kwargs={key: rows[key] for key in pattern.converters})
        for name, pattern in PATTERNS.items()
    }


def call(client: Any, addresses: dict[str, str], method: str, name: str) -> Any:
    crew = models.Crew.objects.get(district__code="NORTH", assignments__isnull=True).pk
    sent = dict(BODIES.get(name, {}) if method == "post" else QUERIES.get(name, {}))
    if "crew" in sent:
        sent["crew"] = crew
    if method == "post":
        return client.post(addresses[name], sent, content_type="application/json")
    return client.get(addresses[name], sent)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_route_takes_another_method(method: str) -> None:
    taking = {name for name, view in ROUTES.items() if hasattr(view, method)}

    assert taking == ({"inbound-record"} if method == "put" else set())


Alone = Callable[[object], AbstractContextManager[None]]


@pytest.fixture
def alone(subtests: Any) -> Alone:
    """A verdict of its own for each case, and the rows as they were: to make them anew takes longer than to ask."""

    @contextlib.contextmanager
    def block(case: object) -> Iterator[None]:
        with subtests.test(str(case)), transaction.atomic():
            yield
            transaction.set_rollback(True)

    return block


def test_nobody_gets_401_and_a_challenge(unwelcome: Any, addresses: dict[str, str], alone: Alone) -> None:
    for (method, name), (who, client) in itertools.product(OPERATIONS, unwelcome.items()):
        with alone(f"{who}: {method} {name}"):
            response = call(client, addresses, method, name)

            code = "not-authenticated" if who == "anonymous" else "authentication-failed"
            assert_problem(response, 401, code)
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="Lineup"'


def test_a_token_does_what_its_scope_says_and_nothing_else(mara: Any, addresses: dict[str, str], alone: Alone) -> None:
    acts = [("post", name, ROUTES[name].scope) for name in sorted(set(ACTS) - OWN)]
    operations = [*(("get", name, "read") for name in READS), *acts]
    for scope in models.ApiToken.Scope.values:
        factories.ApiTokenFactory(user=mara, secret=f"lineup_{scope}s", scopes=[scope])
        for method, name, needed in operations:
            if needed != scope:
                with alone(f"{scope}: {method} {name}"):
                    response = call(bearer(f"lineup_{scope}s"), addresses, method, name)
                    problem = assert_problem(response, 403, "permission-denied")

                    assert f"lacks the scope “{needed}”" in problem["detail"]


def test_only_runs_need_the_scope_to_suggest() -> None:
    needed = {name for name in ACTS if ROUTES[name].scope == "suggest"}

    assert needed == {"runs", "run-keep", "run-cancel", "run-go-on"}


def test_sending_events_somewhere_needs_a_scope_of_its_own() -> None:
    needed = {name for name in ACTS if ROUTES[name].scope == "subscribe"}

    assert needed == {name for name in ACTS if name.startswith("subscription")}


def test_a_viewer_may_not_act(as_vic: Any, addresses: dict[str, str], alone: Alone) -> None:
    for name in sorted(set(ACTS) - OWN):
        with alone(name):
            problem = assert_problem(call(as_vic, addresses, "post", name), 403, "not-a-manager")

            assert "Vic Moreau" in problem["detail"]


def test_a_manager_is_answered_by_the_domain(as_mara: Any, addresses: dict[str, str], alone: Alone) -> None:
    for name in sorted(set(ACTS) - OWN):
        with alone(name):
            assert call(as_mara, addresses, "post", name).status_code in {200, 201, 202, 409}


@pytest.fixture
def strangers(as_stella: Any) -> dict[str, Any]:
    """People without a role in the district: rights in the administration give none."""
    clerk = factories.UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.all())
    chief = factories.UserFactory(is_staff=True, is_superuser=True)
    return {"manager elsewhere": as_stella, "staff": signed_in(clerk), "administrator": signed_in(chief)}


def test_a_stranger_learns_nothing_of_the_district(
    strangers: dict[str, Any], addresses: dict[str, str], alone: Alone
) -> None:
    asked = [*OF_A_DISTRICT, *(("post", name) for name in ("runs", "batches", "notes", "subscriptions"))]
    for (method, name), (who, client) in itertools.product(asked, strangers.items()):
        with alone(f"{who}: {method} {name}"):
            assert_problem(call(client, addresses, method, name), 404, "not-found")


def test_a_stranger_finds_none_of_its_rows(strangers: dict[str, Any], addresses: dict[str, str], alone: Alone) -> None:
    for name, (who, client) in itertools.product(LISTS, strangers.items()):
        with alone(f"{who}: {name}"):
            rows = call(client, addresses, "get", name).json()["results"]

            assert [row for row in rows if row.get("code") != "SOUTH"] == []


def test_a_viewer_reads(as_vic: Any, addresses: dict[str, str], alone: Alone) -> None:
    for name in sorted(set(READS) - STREAMS):
        with alone(name):
            assert call(as_vic, addresses, "get", name).status_code == 200


def test_everybody_marks_their_own_entries_as_read(as_vic: Any, addresses: dict[str, str], alone: Alone) -> None:
    for name in sorted(OWN - {"notification"}):
        with alone(name):
            assert call(as_vic, addresses, "post", name).status_code == 200
            assert not Notification.objects.unread().exists()


def test_a_session_reads_as_well(mara: Any, addresses: dict[str, str]) -> None:
    assert signed_in(mara).get(addresses["orders"]).json()["count"] == 3


def test_a_session_without_the_csrf_token_decides_nothing(mara: Any, suggestion: models.Suggestion) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(mara)

    response = client.post(f"/api/v1/suggestions/{suggestion.pk}/approve/", {}, content_type="application/json")

    assert_problem(response, 403, "permission-denied")


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/orders", "/api/v1/runs/17/"])
def test_an_address_that_is_none_says_so(as_mara: Any, path: str) -> None:
    assert_problem(as_mara.get(path), 404, "not-found")


def test_a_wrong_method_and_a_wrong_body_are_named(as_mara: Any) -> None:
    assert_problem(as_mara.delete("/api/v1/orders/"), 405, "method-not-allowed")
    assert_problem(as_mara.post("/api/v1/runs/", "{", content_type="application/json"), 400, "parse-error")
    assert_problem(as_mara.post("/api/v1/runs/", "a=b", content_type="text/plain"), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("[" * 100_000, 400, "parse-error"),
        ("[" * 100_000 + "]" * 100_000, 400, "parse-error"),
        ('{"district": ' + "[" * 300 + "]" * 300 + "}", 400, "parse-error"),
        ('{"district": "' + "x" * 3_000_000 + '"}', 413, "too-large"),
    ],
    ids=["nested and open", "nested", "nested within reach", "large"],
)
def test_a_body_that_nothing_can_follow_is_named(as_mara: Any, body: str, status: int, code: str) -> None:
    assert_problem(as_mara.post("/api/v1/runs/", body, content_type="application/json"), status, code)


def test_a_request_that_the_site_cannot_read_is_a_problem_for_programs_and_a_page_for_people(as_mara: Any) -> None:
    assert_problem(as_mara.get("/api/v1/orders/", headers={"Host": "elsewhere.example"}), 400, "bad-request")
    page = as_mara.get("/login/", headers={"Host": "elsewhere.example"})
    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (400, "text/html")


def test_an_error_of_ours_is_a_problem_too(as_mara: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("assignments.api.reading.districts", broken)
    as_mara.raise_request_exception = False

    assert_problem(as_mara.get("/api/v1/districts/"), 500, "server-error")


class TestUseOfAToken:
    def test_is_noted_at_most_once_a_minute(self, as_mara: Any, token: models.ApiToken) -> None:
        as_mara.get("/api/v1/districts/")
        token.refresh_from_db()
        first = token.last_used_at
        as_mara.get("/api/v1/districts/")
        token.refresh_from_db()

        assert first is not None
        assert token.last_used_at == first

        models.ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
        as_mara.get("/api/v1/districts/")
        token.refresh_from_db()

        assert token.last_used_at > first

    def test_ends_with_its_revocation(self, as_mara: Any, token: models.ApiToken, mara: Any) -> None:
        from assignments.services import tokens

        assert as_mara.get("/api/v1/districts/").status_code == 200

        tokens.revoke(tokens=[token], by=mara, now=timezone.now())

        assert_problem(as_mara.get("/api/v1/districts/"), 401, "authentication-failed")

    def test_another_scheme_is_not_a_token(self, token: models.ApiToken) -> None:
        from django.test import Client

        client = Client(headers={"Authorization": "Basic bGluZXVwX21hcmFz"})

        assert_problem(client.get("/api/v1/districts/"), 401, "not-authenticated")

    def test_a_token_counts_for_more_than_the_session_beside_it(self, stella: Any, as_mara: Any, token: Any) -> None:
        client = bearer("lineup_maras")
        client.force_login(stella)

        assert [one["code"] for one in client.get("/api/v1/districts/").json()["results"]] == ["NORTH"]


def test_a_run_of_another_id_is_unknown(as_mara: Any, district: Any) -> None:
    assert_problem(as_mara.get(f"/api/v1/runs/{uuid.uuid4()}/"), 404, "not-found")
