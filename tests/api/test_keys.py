"""One effect and one answer for each idempotency key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.api import acting
from assignments.services import keyed_answers
from tests import factories, racing
from tests.api.conftest import ACTS, ROUTES, assert_problem, bearer


def post(client: Client, path: str, body: Any = None, key: str = "k-1") -> Any:
    return client.post(path, body or {}, content_type="application/json", headers={"Idempotency-Key": key})


@pytest.fixture
def approve(suggestion: models.Suggestion) -> str:
    return f"/api/v1/suggestions/{suggestion.pk}/approve/"


def test_every_post_takes_a_key() -> None:
    assert ACTS
    assert all(issubclass(ROUTES[name], acting.Act) for name in ACTS)


class TestTheSameRequest:
    def test_has_one_effect_and_the_same_answer(self, as_mara: Client, approve: str) -> None:
        first, second = post(as_mara, approve), post(as_mara, approve)

        assert first.status_code == 201, first.content
        assert (second.status_code, second.json()) == (201, first.json())
        assert second.headers["Location"] == first.headers["Location"]
        assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
        assert models.Assignment.objects.count() == 1

    def test_is_the_same_with_its_fields_in_another_order(self, as_mara: Client, district: models.District) -> None:
        day = timezone.now().date().isoformat()
        first = post(as_mara, "/api/v1/runs/", {"district": "NORTH", "day": day})
        second = post(as_mara, "/api/v1/runs/", {"day": day, "district": "NORTH"})

        assert (second.status_code, second.json()) == (202, first.json())

    def test_that_was_refused_by_the_domain_is_refused_the_same_way(
        self, as_mara: Client, approve: str, suggestion: models.Suggestion
    ) -> None:
        models.WorkOrder.objects.update(duration_minutes=300)
        first = post(as_mara, approve)
        models.WorkOrder.objects.update(duration_minutes=suggestion.order.duration_minutes)
        second = post(as_mara, approve)

        assert_problem(first, 409, "suggestion-stale")
        assert assert_problem(second, 409, "suggestion-stale") == first.json()

    def test_that_could_not_be_read_may_be_sent_again(self, as_mara: Client, approve: str) -> None:
        assert_problem(post(as_mara, approve, {"tentative": "maybe"}), 400, "invalid")

        assert post(as_mara, approve).status_code == 201

    def test_of_another_token_is_another(self, as_mara: Client, approve: str, mara: Any) -> None:
        factories.ApiTokenFactory(user=mara, secret="lineup_second")

        assert post(as_mara, approve).status_code == 201
        assert post(bearer("lineup_second"), approve).status_code == 409

    def test_is_forgotten_after_a_day(self, as_mara: Client, approve: str) -> None:
        post(as_mara, approve)
        models.KeyedAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))

        assert post(as_mara, approve).status_code == 409
        assert keyed_answers.trim(now=timezone.now()) == 0
        assert keyed_answers.trim(now=timezone.now() + timedelta(hours=25)) == 1


class TestAnotherRequest:
    @pytest.mark.parametrize(
        ("path", "body"), [("approve/", {"tentative": True}), ("reject/", {"code": "CREW_DECLINED"})]
    )
    def test_under_the_same_key_is_refused(self, as_mara: Client, approve: str, path: str, body: Any) -> None:
        post(as_mara, approve)

        response = post(as_mara, approve.replace("approve/", path), body)

        assert_problem(response, 422, "idempotency-key-reused")

    @pytest.mark.parametrize("key", ["", "x" * 129])
    def test_with_a_key_that_is_none_is_refused(self, as_mara: Client, approve: str, key: str) -> None:
        assert_problem(post(as_mara, approve, key=key), 400, "invalid")


def test_an_error_of_ours_keeps_neither_effect_nor_key(
    as_mara: Client, approve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("assignments.services.records.telling.approved", broken)
    with pytest.raises(ZeroDivisionError):
        post(as_mara, approve)

    assert not models.Assignment.objects.exists()
    assert not models.KeyedAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_have_one_effect_and_one_answer(token: models.ApiToken, approve: str) -> None:
    answers = racing.at_once(*[lambda: post(bearer("lineup_maras"), approve)] * 2)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert models.Assignment.objects.count() == 1
