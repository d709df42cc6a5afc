"""Systems of other people's making are followed by the manifests of the documentation, into rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assignments import models
from assignments.services.following import trying_again
from notifications.models import Notification
from tests import factories, records
from tests.downstream.foreign import examples, serving
from tests.downstream.foreign.maximo import work_order
from tests.downstream.foreign.serving import ForeignSystem
from tests.factories import NOW
from tests.services.following.calls import again, follow, followed

pytestmark = [pytest.mark.django_db, pytest.mark.serial]


@pytest.fixture(scope="module")
def maximo() -> Iterator[ForeignSystem]:
    with serving.running("maximo") as system:
        yield system


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(examples.MAXIMO_SECRET.items())))


@pytest.fixture
def work(maximo: ForeignSystem, district: models.District) -> models.DownstreamSystem:
    for code in ("LINE", "SPLICE", "SWITCH"):
        factories.QualificationFactory(code=code)
    return examples.work(maximo)


def order(number: int) -> models.WorkOrder:
    return models.WorkOrder.objects.get(number=f"WO-{number}")


@pytest.mark.usefixtures("work")
class TestMaximo:
    def test_its_work_orders_become_ours(self, maximo: ForeignSystem) -> None:
        assert follow()

        assert followed("work").detail == ""
        assert models.WorkOrder.objects.count() == 5
        first = order(1)
        assert (first.kind, first.get_priority_display(), first.duration_minutes) == ("CORRECTIVE", "High", 90)
        assert (first.district.code, first.crew_size, first.address) == ("NORTH", 3, "1 Pole Road")
        assert first.due_at.isoformat() == "2026-06-20T22:00:00+00:00"
        needs = first.needs.order_by("level").values_list("qualification__code", "level", "people")
        assert set(needs) == {("LINE", models.Level.MASTER, 1), ("LINE", models.Level.STANDARD, 2)}
        assert [path for path in maximo.state["asked"] if "offset=4" in path]

    def test_a_token_that_ends_in_the_middle_of_a_pass_is_renewed(self, maximo: ForeignSystem) -> None:
        maximo.set(uses_of_a_token=1)

        assert follow()

        assert (followed("work").detail, models.WorkOrder.objects.count()) == ("", 5)
        assert len(maximo.state["tokens"]) == 3

    def test_asks_for_what_has_changed_since(self, maximo: ForeignSystem) -> None:
        follow()
        changed = work_order(
            "WO-2", changedate="2027-01-01T07:00:00-06:00", description="Replace two poles", estdur="0:45"
        )
        maximo.set(orders=[work_order("WO-1"), changed], asked=[])

        assert again(NOW + timedelta(hours=1))

        assert all("updated_since=20" in path for path in maximo.state["asked"])
        assert (order(2).title, order(2).duration_minutes) == ("Replace two poles", 45)
        assert order(3).status != "CANCELLED"

    def test_odd_records_are_refused_alone_and_as_they_came(self, maximo: ForeignSystem) -> None:
        maximo.set(orders=[
            work_order("WO-1", status="HISTEDIT"), "nonsense", work_order("WO-3", estdur=10**400), work_order("WO-4"),
            work_order("WO-5", wplabor=[{"craft": "WELDER", "quantity": 1}]), work_order("WO-6", wplabor=7),
            work_order("\ud83d"), work_order("WO-8", targcompdate="9999-12-31T23:59:59", description="x" * 300),
        ])  # fmt: skip

        assert follow()

        kept = {row.reference.partition(",")[0]: row for row in models.RefusedRecord.objects.all()}
        assert set(models.WorkOrder.objects.values_list("number", flat=True)) == {"WO-4", "WO-8"}
        assert {name: row.field for name, row in kept.items() if name.startswith("WO")} == {
            "WO-1": "status", "WO-3": "duration_minutes", "WO-5": "needs", "WO-6": "needs",
        }  # fmt: skip
        assert kept["WO-1"].reason == "status: “HISTEDIT” is not in its table"
        assert kept["WO-5"].reason == "needs: item 1: qualification: “WELDER” is not in its table"
        assert '"wonum": "WO-1"' in kept["WO-1"].raw
        assert order(8).due_at is None

    def test_one_is_taken_by_a_table_that_was_mended(self, maximo: ForeignSystem, mara: Any) -> None:
        maximo.set(orders=[work_order("WO-1", status="HISTEDIT")])
        follow()
        system = models.DownstreamSystem.objects.get()
        how = examples.manifest("maximo")
        how["resources"]["orders"]["columns"]["status"]["table"]["HISTEDIT"] = "RECEIVED"
        system.manifest = how
        system.save()

        refused = models.RefusedRecord.objects.get()
        assert trying_again.try_again(record=refused, by=mara, now=NOW) == ""

        assert order(1).title == "Replace pole WO-1"

    def test_managers_are_told_of_an_emergency_that_could_not_be_taken(self, maximo: ForeignSystem, mara: Any) -> None:
        models.DownstreamSystem.objects.update(answers_for="ALL")
        how = examples.manifest("maximo")
        how["resources"]["orders"]["params"]["siteid"] = "BEDFORD"
        models.DownstreamSystem.objects.update(manifest=how)
        maximo.set(orders=[work_order("WO-1", wopriority=1, status="HISTEDIT")])

        follow()

        kept = models.RefusedRecord.objects.get()
        assert (kept.is_grave, kept.district.code) == (True, "NORTH")
        [entry] = Notification.objects.filter(user=mara, kind="source")
        assert "sent an emergency that could not be taken" in entry.title

    def test_one_that_was_pushed_in_our_words_is_taken_in_them(self, mara: Any) -> None:
        given = records.order("W-9", number="WO-9").model_dump(mode="json")
        refused = factories.RefusedRecordFactory(
            system=models.DownstreamSystem.objects.get(), district=models.District.objects.get(), reference="W-9",
            resource="orders", raw=json.dumps(given),
        )  # fmt: skip

        assert trying_again.try_again(record=refused, by=mara, now=NOW) == ""

        assert order(9).title == "Replace cross-arm"

    def test_without_its_settings_none_is_taken_again(self, maximo: ForeignSystem, mara: Any) -> None:
        maximo.set(orders=[work_order("WO-1", status="HISTEDIT")])
        follow()
        models.DownstreamSystem.objects.update(manifest={"resources": 7})

        with pytest.raises(trying_again.Unmapped, match="its settings cannot be used: resources"):
            trying_again.try_again(record=models.RefusedRecord.objects.get(), by=mara, now=NOW)

    def test_what_waits_for_another_is_kept_in_its_own_words(self, maximo: ForeignSystem) -> None:
        models.Qualification.objects.filter(code="SPLICE").delete()
        maximo.set(orders=[work_order("WO-1", wplabor=[{"craft": "SPLICER", "quantity": 1}])])

        follow()

        kept = models.RefusedRecord.objects.get()
        assert (kept.waits, '"craft": "SPLICER"' in kept.raw) == (True, True)
        factories.QualificationFactory(code="SPLICE")

        again(NOW + timedelta(minutes=5))

        assert order(1).needs.get().qualification.code == "SPLICE"
        assert not models.RefusedRecord.objects.exists()

    def test_a_client_that_is_locked_is_said(self, maximo: ForeignSystem) -> None:
        maximo.set(locked=True, tokens=[], uses_of_a_token=0)

        follow()

        assert followed("work").detail == "gives no token: answered 400: the client is locked"

    def test_a_missing_secret_is_named(self, monkeypatch: pytest.MonkeyPatch, maximo: ForeignSystem) -> None:
        monkeypatch.delenv("LINEUP_SECRET_MAXIMO")
        maximo.set(uses_of_a_token=0)

        follow()

        assert "LINEUP_SECRET_MAXIMO is not set where the worker runs" in followed("work").detail

    def test_a_secret_may_be_in_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("LINEUP_SECRET_MAXIMO")
        (tmp_path / "secret").write_text("s3cret\n")
        monkeypatch.setenv("LINEUP_SECRET_MAXIMO_FILE", str(tmp_path / "secret"))

        follow()

        assert models.WorkOrder.objects.count() == 5

    def test_an_answer_that_is_too_large_is_named(self, settings: Any) -> None:
        settings.SOURCE_UNPACKED_MB = 0.0005

        follow()

        assert "answered with more than 0.0 MB" in followed("work").detail
