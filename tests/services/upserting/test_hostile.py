"""Whatever one record holds, the good ones beside it are stored, and every page of the district can be shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assignments import models
from assignments.downstream import messages, seam
from assignments.downstream.messages import Resource
from assignments.services import upserting
from assignments.services.inputs import consequences
from tests import examples, factories
from tests.factories import NOW
from tests.project import field_records

pytestmark = pytest.mark.django_db

ZONES = ("America/Chicago", "Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Auckland", "America/St_Johns")
TIMES = (
    "9999-12-31T23:59:59-06:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59",
    "1970-01-01T00:00:00Z", "1969-12-31T23:59:59-12:00", "2199-12-31T23:59:59+14:00", "2200-01-01T00:00:00-12:00",
    "2026-06-15T12:00:00", "2026-06-15T12:00:00+23:59", "2026-11-01T01:30:00-05:00", "+292278994-08-17T07:12:55Z",
)  # fmt: skip
TEXTS = (
    "", " ", ".", "..", "a/b?c#d", "nul\x00", "half \ud83d", "\ufeffmark", "bell\x07\x1b", "x" * 41, "x" * 201,
    "y" * 20_000, "<script>alert(1)</script>", "=1+1", "e\u0301\u202eabc", "\U0001f9d1\u200d\U0001f692",
    "W-1", "C-1", "E-1",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30, 0.5, float("nan"), float("inf"), -0.0, 90, 180, -180)
ODD = st.one_of(
    st.none(), st.booleans(), st.sampled_from(TIMES), st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.text(),
    st.just([]), st.just({}), st.just([None]),
    st.builds(lambda start, end: {"start": start, "end": end}, st.sampled_from(TIMES), st.sampled_from(TIMES)),
)  # fmt: skip

GOOD = {
    resource: [one.model_dump(mode="json", exclude_unset=True) for one in sent]
    for resource, sent in field_records.records(1).items()
}


def bent(record: dict[str, Any], draw: Any) -> dict[str, Any]:
    """The record under a reference of its own, with some of its fields, or of those beneath it, otherwise."""
    odd = {**record, "reference": f"ODD-{record['reference']}"}
    for name in ("number", "name"):
        if name in odd:
            odd[name] = f"Odd {odd[name]}"
    for name in draw(st.sets(st.sampled_from(sorted(odd)), min_size=1, max_size=3)):
        inner = odd[name][0] if isinstance(odd[name], list) and odd[name] else odd[name]
        if isinstance(inner, dict) and draw(st.booleans()):
            beneath = {**inner, draw(st.sampled_from(sorted(inner))): draw(ODD)}
            odd[name] = [beneath, inner] if isinstance(odd[name], list) else beneath
        else:
            odd[name] = draw(ODD)
    return odd


def stored(resource: Resource, items: list[Any]) -> upserting.Upserted:
    kind = next(kind for kind, resources in messages.RESOURCES.items() if resource in resources)
    system = factories.DownstreamSystemFactory(code=kind.lower(), kind=kind.value)
    outcome = upserting.upsert(
        system=system, resource=resource, records=seam.sorted_out(resource, items).records, now=NOW
    )
    consequences.follow(order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=NOW)
    return outcome


def pages() -> list[str]:
    found = [reverse(f"assignments:{name}", args=["NORTH"]) for name in PAGES]
    found += [
        reverse(f"assignments:{name}", args=["NORTH"]) + "?day=2026-06-16&span=7" for name in ("schedule", "board")
    ]
    for order in models.WorkOrder.objects.all():
        found += [reverse("assignments:order-review", args=[order.number]), order.get_absolute_url()]
        found.append(reverse("assignments:order-why-not", args=[order.number]))
    found += [f"/api/v1/{name}/" for name in LISTS]
    tables = ("workorder", "permit", "employee", "crew", "shift", "absence", "equipment", "qualification")
    return found + [reverse(f"admin:assignments_{table}_changelist") for table in tables]


PAGES = ("board", "map", "today", "schedule", "schedule-crews", "permits", "storm")
LISTS = ("orders", "permits", "employees", "crews", "shifts", "absences", "equipment", "assignments")


@given(data=st.data())
# Each example shows dozens of pages: to make a failing one smaller would take longer than to read it.
@settings(
    examples.drawn(5),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_good_ones_are_stored_and_all_pages_shown(client: Client, data: st.DataObject) -> None:
    with transaction.atomic():
        zone = data.draw(st.sampled_from(ZONES), label="zone")
        district = factories.DistrictFactory(code="NORTH", time_zone=zone)
        factories.DistrictFactory(code="SOUTH", time_zone=zone)
        mara = factories.UserFactory(username="mara", is_staff=True, is_superuser=True)
        factories.MembershipFactory(user=mara, district=district, role="MANAGER")
        client.force_login(mara)

        for resource, good in GOOD.items():
            odd = [bent(good[-1], data.draw) for _ in range(data.draw(st.integers(1, 3)))]
            # A second shift of a crew at the same time waits for the first.
            given_first = [] if resource is Resource.SHIFTS else odd[:1]
            outcome = stored(resource, [*given_first, *good, *odd[len(given_first) :]])
            refused = {name for name, _ in outcome.rejected}
            assert not refused & {one["reference"] for one in good}, (resource, outcome.rejected)
        failing = [(url, status) for url in pages() if (status := client.get(url).status_code) >= 400]
        assert failing == []
        transaction.set_rollback(True)
