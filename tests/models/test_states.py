"""Each state machine is one table that only names states that exist, and a transition is a conditional UPDATE."""

from __future__ import annotations

import pytest
from django.apps import apps

from assignments import models
from tests import factories

MACHINES = [model for model in apps.get_app_config("assignments").get_models() if hasattr(model, "TRANSITIONS")]


@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model.__name__)
class TestTables:
    def test_names_every_state_and_no_other(self, model):
        named = {str(state) for state in model.TRANSITIONS}

        assert named == set(model.Status.values)

    def test_leaves_the_first_state_by_some_way(self, model):
        first = model._meta.get_field("status").default

        if first in model.Status.values:
            assert model.TRANSITIONS[first]


@pytest.mark.django_db
class TestTransition:
    def test_moves_a_row_that_may_move(self):
        order = factories.OrderFactory(status=models.WorkOrder.Status.READY)

        assert models.WorkOrder.objects.filter(pk=order.pk).transition("SCHEDULED") == 1

    def test_leaves_a_row_that_may_not(self):
        order = factories.OrderFactory(status=models.WorkOrder.Status.CLOSED)

        assert models.WorkOrder.objects.filter(pk=order.pk).transition("SCHEDULED") == 0
        order.refresh_from_db()
        assert order.status == "CLOSED"

    def test_lets_one_of_two_win(self):
        suggestion = factories.SuggestionFactory(fingerprint="x")
        rows = models.Suggestion.objects.filter(pk=suggestion.pk)

        assert [rows.transition("APPROVED"), rows.transition("REJECTED")] == [1, 0]
