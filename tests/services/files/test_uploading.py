"""A person and an import: looking first, going on, cancelling."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.files import leasing, uploading
from tests import factories
from tests.services.files.conftest import ORDER, ImportWorker, fresh, orders, send

Status = models.FileImport.Status

pytestmark = pytest.mark.usefixtures("district")


class TestAPerson:
    def test_looks_first_and_imports_then(self, boss: Any) -> None:
        file = send(boss, *orders(3), shows_first=True)
        ImportWorker("one").work()
        assert fresh(file).status == Status.READY
        assert not models.WorkOrder.objects.exists()

        uploading.go_on(file=file, by=boss, now=factories.NOW)
        assert fresh(file).status == Status.APPLYING
        ImportWorker("one").work()

        assert fresh(file).status == Status.DONE

    def test_who_waits_has_the_table_checked_again(self, boss: Any) -> None:
        file = send(boss, *orders(3), shows_first=True)
        ImportWorker("one").work()
        factories.OrderFactory(number="WO-2", status="CLOSED")

        uploading.go_on(file=fresh(file), by=boss, now=factories.NOW + uploading.FRESH)
        ImportWorker("one", at=600).work()

        assert fresh(file).status == Status.REFUSED
        assert models.WorkOrder.objects.count() == 1

    @pytest.mark.parametrize("status", ["READING", "ASKING", "CHECKING", "READY"])
    def test_cancels_before_anything_is_in_the_table(self, boss: Any, status: str) -> None:
        file = send(boss, ORDER)
        models.FileImport.objects.update(status=status)

        uploading.cancel(file=file, by=boss, now=factories.NOW)

        assert (fresh(file).status, file.ended_by) == (Status.CANCELLED, boss)
        assert ImportWorker("one", at=60).claim() is None

    def test_who_cancels_stops_the_worker_that_is_at_it(self, boss: Any) -> None:
        file = send(boss, *orders(600))
        worker = ImportWorker("one")

        def cancel() -> None:
            if fresh(file).checked and file.status == Status.CHECKING:
                uploading.cancel(file=file, by=boss, now=factories.NOW)

        worker.between = cancel
        with pytest.raises(leasing.ImportLost):
            worker.work()

        assert fresh(file).status == Status.CANCELLED
        assert not models.WorkOrder.objects.exists()

    @pytest.mark.parametrize("status", ["APPLYING", "DONE", "TAKING_BACK", "CANCELLED"])
    def test_cancels_nothing_later(self, boss: Any, status: str) -> None:
        file = send(boss, ORDER)
        models.FileImport.objects.update(status=status)

        with pytest.raises(uploading.MovedOn):
            uploading.cancel(file=file, by=boss, now=factories.NOW)
        assert fresh(file).status == status
