from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from assignments import models
from assignments.services.records import auditing
from tests import factories
from tests.factories import NOW


@pytest.mark.django_db
def test_keeps_what_json_has_no_word_for():
    order = factories.OrderFactory()

    entry = auditing.record(
        verb="order.changed", row=order, by="Lineup", now=NOW, order=order,
        before={"due_at": NOW, "seconds": timedelta(hours=1)}, after={"due_at": None},
    )  # fmt: skip

    entry.refresh_from_db()
    assert entry.before == {"due_at": "2026-06-15T10:45:00Z", "seconds": "P0DT01H00M00S"}
    assert (entry.actor, entry.actor_name, entry.district) == (None, "Lineup", order.district)


@pytest.mark.django_db(transaction=True)
def test_refuses_to_tell_of_what_may_be_rolled_back_without_it():
    order = factories.OrderFactory()

    with pytest.raises(auditing.AuditOutsideTransaction):
        auditing.record(verb="order.changed", row=order, by="Lineup", now=NOW)
    with transaction.atomic():
        auditing.record(verb="order.changed", row=order, by="Lineup", now=NOW)

    assert models.AuditEntry.objects.count() == 1
