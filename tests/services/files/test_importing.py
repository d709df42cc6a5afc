"""Imports of files: all or nothing, whatever dies or changes meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from assignments import models
from assignments.services.files import checking, clearing, leasing, pacing, uploading
from notifications.models import Event
from tests import factories
from tests.services.files.conftest import ORDER, ImportWorker, fresh, orders, send

Status = models.FileImport.Status

pytestmark = pytest.mark.usefixtures("district")


def states(file: models.FileImport) -> list[str]:
    """The different states that its page was told, in order."""
    told = [row.data["status"] for row in Event.objects.filter(channel=f"file:{file.pk}").order_by("pk")]
    return [one for place, one in enumerate(told) if place == 0 or told[place - 1] != one]


class TestAnImport:
    def test_is_read_checked_and_imported(self, boss: Any) -> None:
        file = send(boss, *orders(60))

        ImportWorker("one").work()

        assert fresh(file).status == Status.DONE
        assert (file.rows, file.checked, file.applied) == (60, 60, 60)
        assert states(file) == ["READING", "CHECKING", "APPLYING", "DONE"]
        assert models.WorkOrder.objects.count() == 60
        assert not file.pieces.exists()

    def test_writes_nothing_before_every_row_is_good(self, boss: Any) -> None:
        file = send(boss, *orders(300), ORDER | {"number": "WO-301", "latitude": "991"})

        ImportWorker("one").work()

        assert fresh(file).status == Status.REFUSED
        assert not models.WorkOrder.objects.exists()
        [bad] = file.staged.filter(outcome="REFUSED")
        assert (bad.number, json.loads(bad.told)[0][0]) == (301, "latitude")

    def test_ends_its_check_when_very_much_is_wrong(self, boss: Any) -> None:
        file = send(boss, *orders(checking.MOST_REFUSED + checking.CHUNK, latitude="991"), *orders(1))

        ImportWorker("one").work()

        assert checking.MOST_REFUSED <= fresh(file).refused < file.rows

    def test_brings_first_what_others_of_the_file_wait_for(self, boss: Any) -> None:
        rows = orders(60)
        rows[0] |= {"prerequisites": "WO-59; WO-60"}
        send(boss, *({"prerequisites": ""} | row for row in rows))
        seen = []
        worker = ImportWorker("one")
        worker.between = lambda: seen.append(set(models.WorkOrder.objects.values_list("number", flat=True)))

        worker.work()

        assert all({"WO-59", "WO-60"} <= numbers for numbers in seen if "WO-1" in numbers)
        waiting = models.WorkOrder.objects.get(number="WO-1").prerequisites.order_by("number")
        assert [order.number for order in waiting] == ["WO-59", "WO-60"]

    def test_is_recorded_with_each_row(self, boss: Any) -> None:
        factories.OrderFactory(number="WO-1", status="RECEIVED", title="Old")
        send(boss, *orders(2))

        ImportWorker("one").work()

        entries = models.AuditEntry.objects.filter(object_type="workorder").order_by("order__number")
        assert [(entry.verb, entry.actor, entry.order and entry.order.number) for entry in entries] == [
            ("workorder.changed", boss, "WO-1"),
            ("workorder.added", boss, "WO-2"),
        ]
        verbs = models.AuditEntry.objects.filter(object_type="fileimport").order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["file.uploaded", "file.imported"]

    def test_is_for_those_who_may_add_and_change(self, vic: Any) -> None:
        with pytest.raises(uploading.MayNotImport):
            send(vic, ORDER)
        assert not models.FileImport.objects.exists()

    def test_ends_with_the_right_of_the_person(self, boss: Any) -> None:
        clerk = factories.UserFactory(is_staff=True)
        rights = Permission.objects.filter(codename__in=["add_workorder", "change_workorder"])
        clerk.user_permissions.set(rights)
        file = send(clerk, ORDER)
        clerk.user_permissions.clear()

        ImportWorker("one").work()

        assert fresh(file).status == Status.REFUSED
        assert "may not import work orders" in file.sentence

    def test_has_a_largest_file_and_number_of_rows(self, boss: Any, settings: Any) -> None:
        settings.IMPORT_ROWS = 5
        file = send(boss, *orders(6))
        ImportWorker("one").work()
        settings.IMPORT_FILE_MB = 0.002

        with pytest.raises(uploading.FileTooLarge):
            send(boss, *orders(60))
        assert fresh(file).sentence == "The file has more than 5 rows. Split it into several."
        assert models.FileImport.objects.get() == file


class TestAWorkerThatDies:
    @pytest.mark.parametrize("transactions", [0, 1, 2, 3, 5, 7])
    def test_is_followed_by_another_and_nothing_is_done_twice(self, boss: Any, transactions: int) -> None:
        file = send(boss, *orders(500))
        ImportWorker("one").dies_after(transactions)

        assert ImportWorker("two", at=5).claim() is None, "the lease of the dead one holds for some seconds"
        ImportWorker("two", at=20).work()

        assert fresh(file).status == Status.DONE
        assert models.WorkOrder.objects.count() == 500
        assert models.AuditEntry.objects.filter(verb="workorder.added").count() == 500

    def test_and_comes_back_writes_nothing_any_more(self, boss: Any) -> None:
        send(boss, *orders(60))
        late = ImportWorker("one").claim()
        assert late is not None
        ImportWorker("two", at=20).work()

        with pytest.raises(leasing.ImportLost):
            late.progressed(rows=1)


class TestATableThatChangesMeanwhile:
    """Between the check and the row's turn."""

    def import_while(self, boss: Any, file: models.FileImport, change: Any) -> models.FileImport:
        def between() -> None:
            if fresh(file).applied and not done:
                done.append(change())

        done: list[Any] = []
        worker = ImportWorker("one")
        worker.between = between
        worker.work()
        assert done, "the change came too late"
        return fresh(file)

    def close(self, number: str) -> Any:
        return models.WorkOrder.objects.filter(number=number).update(status="CLOSED")

    def test_has_all_of_it_taken_back(self, boss: Any) -> None:
        old = factories.OrderFactory(number="WO-1", status="RECEIVED", title="Old", feeder="F-7", equipment=["BUCKET"])
        factories.OrderNeedFactory(order=old)
        need = old.needs.get()
        factories.OrderFactory(number="WO-100", status="RECEIVED", title="Old")
        columns = {"equipment": "DIGGER", "needs": "", "feeder": "F-8"}
        file = send(boss, *(row | columns for row in orders(100)))

        self.import_while(boss, file, lambda: self.close("WO-100"))

        assert file.status == Status.TAKEN_BACK
        assert file.sentence.startswith("The table has become another since the check; row 100, column “status”:")
        old.refresh_from_db()
        assert (old.title, old.feeder, old.equipment) == ("Old", "F-7", ["BUCKET"])
        assert [(one.qualification, one.people) for one in old.needs.all()] == [(need.qualification, need.people)]
        new = models.WorkOrder.objects.exclude(number__in=["WO-1", "WO-100"])
        assert set(new.values_list("status", flat=True)) == {"CANCELLED"}
        assert not file.staged.filter(outcome="LEFT").exists()

    def test_a_worker_that_dies_as_it_takes_back_is_followed(self, boss: Any) -> None:
        factories.OrderFactory(number="WO-1", status="RECEIVED", title="Old")
        factories.OrderFactory(number="WO-300", status="RECEIVED", title="Old")
        file = send(boss, *orders(300))
        worker = ImportWorker("one")

        def between() -> None:
            if fresh(file).applied > 30:
                self.close("WO-300")
            if file.taken_back:
                raise KeyboardInterrupt

        worker.between = between
        with pytest.raises(KeyboardInterrupt):
            worker.work()
        ImportWorker("two", at=20).work()

        assert fresh(file).status == Status.TAKEN_BACK
        assert models.WorkOrder.objects.get(number="WO-1").title == "Old"
        assert not models.WorkOrder.objects.filter(status="RECEIVED", title="Line down").exists()

    def test_what_somebody_has_changed_since_is_left_and_named(self, boss: Any) -> None:
        for number in ("WO-1", "WO-2", "WO-100"):
            factories.OrderFactory(number=number, status="RECEIVED", title="Old")
        file = send(boss, *orders(100))

        def change() -> None:
            models.WorkOrder.objects.filter(number="WO-1").update(title="Mine")
            models.WorkOrder.objects.filter(number="WO-3").update(status="DISPATCHED")
            self.close("WO-100")

        self.import_while(boss, file, change)

        assert models.WorkOrder.objects.get(number="WO-1").title == "Mine"
        assert models.WorkOrder.objects.get(number="WO-2").title == "Old"
        assert models.WorkOrder.objects.get(number="WO-3").status == "DISPATCHED"
        left = {row.number: json.loads(row.told)[0][1] for row in file.staged.filter(outcome="LEFT")}
        assert left == {
            1: "Somebody has changed title since; it stays as it is.",
            3: "WO-3 is dispatched now; cancel it if nobody needs it.",
        }

    def test_new_rows_of_other_tables_are_deleted_again(self, boss: Any) -> None:
        crew = factories.CrewFactory(name="Line 9", district__code="EAST")
        common = {"district": "EAST", "crew": "Line 9", "code": "BUCKET"}
        file = send(boss, *(common | {"name": f"Truck {n}"} for n in range(100)), table="equipment")

        self.import_while(boss, file, lambda: models.Crew.objects.filter(pk=crew.pk).update(name="Line 8"))

        assert file.status == Status.TAKEN_BACK
        assert "There is no crew “Line 9”" in file.sentence
        assert not models.Equipment.objects.exists()
        assert models.AuditEntry.objects.filter(verb="equipment.deleted").exists()


def test_what_is_over_for_a_week_is_cleared(boss: Any) -> None:
    waiting = send(boss, *orders(3), shows_first=True)
    ImportWorker("one").work()
    # Of two sent at the same moment either could be the first, and leave nothing to do for the other.
    file = send(boss, *orders(3))
    ImportWorker("one").work()

    assert clearing.clear(now=factories.NOW + timedelta(days=6)) == 0
    assert clearing.clear(now=factories.NOW + timedelta(days=8)) == 3
    assert fresh(waiting).status == Status.CANCELLED
    assert (fresh(file).status, file.staged.count()) == (Status.DONE, 0)


@pytest.mark.parametrize(
    ("rows", "seconds", "size"), [(50, 0.06, 100), (100, 1.0, 50), (100, 0.2, 60), (300, 0.01, 300)]
)
def test_a_transaction_becomes_as_large_as_its_time_allows(rows: int, seconds: float, size: int) -> None:
    pace = pacing.Pace(rows)

    pace.took(rows, seconds)

    assert pace.size == size
