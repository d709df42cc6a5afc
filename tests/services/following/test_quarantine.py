"""Records that were not taken stay with their reason until they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.downstream import seam
from assignments.downstream.messages import Resource
from assignments.services import upserting
from assignments.services.following import quarantine, trying_again
from assignments.services.records import refusals
from notifications.models import Notification
from tests import factories
from tests.factories import NOW
from tests.records import employee, order
from tests.services.following.calls import Sources, again, follow

pytestmark = pytest.mark.django_db


def bent(reference: str = "W-8", version: int = 1, **values: Any) -> dict[str, Any]:
    return {**order(reference, version).model_dump(mode="json", exclude_unset=True), **values}


def kept() -> models.RefusedRecord:
    return models.RefusedRecord.objects.get()


class TestFollowing:
    def test_keeps_what_is_refused_with_its_reason(self, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [bent(title="")]

        follow()

        row = kept()
        assert (row.reference, row.version, row.resource, row.field) == ("W-8", 1, "orders", "title")
        assert row.district == models.District.objects.get(code="NORTH")
        assert '"title": ""' in row.raw

    def test_lets_go_once_a_newer_version_is_taken(self, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [bent(title=""), order("W-9", district="NOWHERE")]
        follow()
        assert models.RefusedRecord.objects.count() == 2

        sources["work"].world[Resource.ORDERS][-2:] = [order("W-8", 12)]
        sources["work"].version = 12
        again(NOW + timedelta(hours=1))

        assert kept().reference == "W-9"

    def test_lets_go_of_what_a_system_that_was_restored_never_said(self, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [bent(version=12, title="")]
        sources["work"].version = 12
        follow()
        assert kept().version == 12

        sources["work"].world[Resource.ORDERS][-1:] = [order("W-8", 3)]
        sources["work"].version = 4
        again(NOW + timedelta(hours=1))

        assert not models.RefusedRecord.objects.exists()

    def test_what_waits_leaves_when_it_is_taken(self, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [order("W-8", prerequisites=("W-7",))]
        follow()
        assert kept().waits

        sources["work"].world[Resource.ORDERS] += [order("W-7", 12)]
        sources["work"].version = 12
        again(NOW + timedelta(hours=1))

        assert not models.RefusedRecord.objects.exists()

    def test_managers_are_told_once_of_an_emergency(self, sources: Sources, mara: Any, vic: Any, stella: Any) -> None:
        sources["work"].world[Resource.ORDERS] += [bent(title="", priority="EMERGENCY")]

        follow()
        models.ReadingMark.objects.all().delete()
        again(NOW + timedelta(hours=1))

        [entry] = Notification.objects.filter(kind="source")
        assert entry.user == mara
        assert "sent an emergency that could not be taken" in entry.title
        assert kept().last_seen_at == NOW + timedelta(hours=1)
        assert kept().first_seen_at == NOW


def refuse(resource: Resource, *given: Any, system: str = "work") -> None:
    row = factories.DownstreamSystemFactory(code=system)
    found = seam.sorted_out(resource, list(given))
    quarantine.keep(
        system=row, key=(resource, "NORTH"), records=[], unreadable=found.refused,
        outcome=upserting.Upserted(), now=NOW,
    )  # fmt: skip


class TestKeeping:
    def test_records_without_a_reference_are_told_apart(self, district: models.District) -> None:
        refuse(Resource.ORDERS, "nonsense", {"a": "half \ud83d \x00"}, "nonsense")

        assert {row.raw for row in models.RefusedRecord.objects.all()} == {
            '"nonsense"', '{"a": "half \\ud83d \\u0000"}',
        }  # fmt: skip

    def test_a_long_one_is_kept_in_part(self, district: models.District, mara: Any) -> None:
        refuse(Resource.ORDERS, bent(title="", note="x" * 30_000))

        assert (kept().is_whole, len(kept().raw)) == (False, seam.LONGEST_RAW)
        with pytest.raises(trying_again.NotWhole):
            trying_again.try_again(record=kept(), by=mara, now=NOW)

    def test_forgets_what_came_long_ago(self, district: models.District) -> None:
        factories.RefusedRecordFactory(district=district)

        assert quarantine.forget(now=NOW + quarantine.KEPT) == 0
        assert quarantine.forget(now=NOW + quarantine.KEPT + timedelta(days=1)) == 1


class TestTryingAgain:
    def test_takes_what_can_be_taken_now(self, district: models.District, mara: Any) -> None:
        system = factories.DownstreamSystemFactory(code="workforce")
        person = employee(held=({"qualification": "LINE", "issued": NOW},))
        factories.RefusedRecordFactory(
            system=system, district=district, resource="employees", reference="E-1", raw=person.model_dump_json(),
            waits=True,
        )  # fmt: skip
        assert trying_again.try_again(record=kept(), by=mara, now=NOW) == "qualification LINE is not known"
        assert kept().last_seen_at == NOW

        factories.QualificationFactory(code="LINE")
        assert trying_again.try_again(record=kept(), by=mara, now=NOW) == ""

        assert not models.RefusedRecord.objects.exists()
        assert models.Employee.objects.get().source_reference == "E-1"
        told = models.AuditEntry.objects.filter(verb="record.tried-again").order_by("pk")
        assert [entry.reason for entry in told] == ["qualification LINE is not known", "It was taken."]

    def test_says_what_is_wrong_still(self, district: models.District, mara: Any) -> None:
        refuse(Resource.ORDERS, bent(title=""))

        assert "title" in trying_again.try_again(record=kept(), by=mara, now=NOW + timedelta(hours=1))
        assert (kept().first_seen_at, kept().last_seen_at) == (NOW, NOW + timedelta(hours=1))

    def test_only_managers_may(self, district: models.District, vic: Any, stella: Any) -> None:
        record = factories.RefusedRecordFactory(district=district)

        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                trying_again.try_again(record=record, by=person, now=NOW)
        assert not models.AuditEntry.objects.exists()

    def test_one_that_is_gone_is_said_to_be(self, district: models.District, mara: Any) -> None:
        record = factories.RefusedRecordFactory(district=district)
        models.RefusedRecord.objects.all().delete()

        with pytest.raises(trying_again.AlreadyGone):
            trying_again.try_again(record=record, by=mara, now=NOW)
