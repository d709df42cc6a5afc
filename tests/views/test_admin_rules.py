"""Rule data in the administration: edited without code, and followed at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignments import models
from tests import factories
from tests.factories import at
from tests.views.adminforms import form_of, save


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    order = factories.OrderFactory(district=district, required_permits=["EXCAVATION"], kind="TROUBLE")
    factories.PermitFactory(order=order, valid_from=at("00:00", days=-20), valid_until=at("00:00", days=30))
    return factories.SuggestionFactory(order=order, shift=factories.ShiftFactory(crew__district=district))


def stale_cause_of(suggestion: models.Suggestion) -> str:
    suggestion.refresh_from_db()
    return suggestion.stale_cause


def test_a_rule_set_saved_unchanged_changes_nothing(ada: Client, suggestion: Any) -> None:
    rules = suggestion.order.district.rule_set
    before = models.RuleSet.objects.values().get(pk=rules.pk)

    save(ada, rules)

    assert models.RuleSet.objects.values().get(pk=rules.pk) == before
    assert stale_cause_of(suggestion) == ""


def test_rest_limits_are_edited_and_followed(ada: Client, suggestion: models.Suggestion) -> None:
    save(ada, suggestion.order.district.rule_set, max_work_hours_in_24=14)

    assert stale_cause_of(suggestion) == "Ada changed normal in the administration"


def test_priorities_are_edited_kind_by_kind(ada: Client, suggestion: models.Suggestion) -> None:
    rules = suggestion.order.district.rule_set
    trouble = list(models.WorkOrder.Kind).index(models.WorkOrder.Kind.TROUBLE)

    save(ada, rules, **{f"kind_priorities_{trouble}": "URGENT", "emergency_customers": 500})

    rules.refresh_from_db()
    assert (rules.kind_priorities, rules.emergency_customers) == ({"TROUBLE": "URGENT"}, 500)
    assert stale_cause_of(suggestion).startswith("Ada changed normal")


def test_a_priority_that_is_none_is_refused(ada: Client, suggestion: models.Suggestion) -> None:
    address, form = form_of(ada, suggestion.order.district.rule_set)

    response = ada.post(address, form | {"kind_priorities_0": "AT_ONCE", "horizon_hours": 0})

    assert sorted(response.context["adminform"].form.errors) == ["horizon_hours", "kind_priorities"]


def test_rules_of_a_storm_are_followed_while_it_is_declared(ada: Client, suggestion: Any, mara: Any) -> None:
    storm = factories.StormFactory(district=suggestion.order.district, declared_by=mara)

    save(ada, storm.rule_set, min_rest_hours=6)

    assert stale_cause_of(suggestion) == "Ada changed storm in the administration"


def test_the_law_of_a_state_is_edited_and_followed(ada: Client, suggestion: models.Suggestion) -> None:
    """The ticket is twenty days old; its register says that it holds for a month more."""
    state = factories.StateFactory(ticket_life=28)
    save(ada, suggestion.order.district, state=state.pk)
    assert stale_cause_of(suggestion).startswith("Ada changed NORTH North")

    save(ada, state, ticket_life=10)

    assert models.WorkOrder.objects.get(pk=suggestion.order_id).status == "WAITING"


def test_a_normal_rule_set_cannot_be_a_storms(ada: Client, district: models.District) -> None:
    address, form = form_of(ada, district)

    response = ada.post(address, form | {"storm_rule_set": district.rule_set_id})

    assert list(response.context["adminform"].form.errors) == ["storm_rule_set"]


def test_a_storm_is_declared_by_managers_not_here(ada: Client, district: models.District, mara: Any) -> None:
    storm = factories.StormFactory(district=district, declared_by=mara)

    assert ada.get(reverse("admin:assignments_storm_add")).status_code == 403
    assert ada.post(reverse("admin:assignments_storm_delete", args=[storm.pk])).status_code == 403
