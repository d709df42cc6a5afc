"""Systems of other people's making that come back from a copy: what was decided there since is gone, and we follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from notifications.models import Notification
from tests import factories
from tests.downstream.foreign import examples, serving
from tests.downstream.foreign.maximo import work_order
from tests.downstream.foreign.outages import incident
from tests.downstream.foreign.serving import ForeignSystem
from tests.factories import NOW
from tests.services.following.calls import again, follow

pytestmark = [pytest.mark.django_db, pytest.mark.serial]

COPY = [work_order(f"WO-{number}") for number in range(1, 6)]
LATER = {"changedate": "2026-06-15T09:30:00-05:00"}


@pytest.fixture(scope="module")
def maximo() -> Iterator[ForeignSystem]:
    with serving.running("maximo") as system:
        yield system


@pytest.fixture
def work(maximo: ForeignSystem, district: models.District, monkeypatch: pytest.MonkeyPatch) -> ForeignSystem:
    monkeypatch.setenv(*next(iter(examples.MAXIMO_SECRET.items())))
    for code in ("LINE", "SPLICE", "SWITCH"):
        factories.QualificationFactory(code=code)
    examples.work(maximo)
    maximo.set(orders=[*COPY[:4], work_order("WO-5", description="Cancelled by a mistake", **LATER)])
    follow()
    return maximo


def readings(count: int) -> None:
    for minutes in range(1, count + 1):
        assert again(NOW + timedelta(minutes=minutes))


def titles() -> dict[str, str]:
    return dict(models.WorkOrder.objects.exclude(status="CANCELLED").values_list("number", "title"))


def said(person: Any) -> list[str]:
    return list(Notification.objects.filter(user=person, kind="source").values_list("title", flat=True))


def test_what_was_changed_after_the_copy_is_as_in_the_copy(work: ForeignSystem, mara: Any) -> None:
    assert titles()["WO-5"] == "Cancelled by a mistake"
    work.set(orders=COPY)

    readings(3)

    assert titles()["WO-5"] == "Replace pole WO-5"
    assert [title.partition(" was ")[2] for title in said(mara)] == ["restored from a copy"]


def test_also_when_somebody_was_quicker_with_a_change(work: ForeignSystem, mara: Any) -> None:
    work.set(
        orders=[work_order("WO-1", description="After the copy", changedate="2026-06-15T11:00:00-05:00"), *COPY[1:]]
    )

    readings(2)

    assert (titles()["WO-1"], titles()["WO-5"]) == ("After the copy", "Replace pole WO-5")
    assert len(said(mara)) == 1


def test_a_record_that_was_deleted_is_no_copy(work: ForeignSystem, mara: Any) -> None:
    work.set(orders=COPY[:4])

    readings(3)

    assert set(titles()) == {"WO-1", "WO-2", "WO-3", "WO-4"}
    assert said(mara) == []


def test_a_system_that_was_not_restored_is_never_read_whole_again(work: ForeignSystem) -> None:
    work.set(asked=[])

    readings(3)

    assert all("updated_since" in path for path in work.state["asked"])


def test_a_list_of_all_is_taken_as_in_the_copy(district: models.District, mara: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(*next(iter(examples.OUTAGES_KEY.items())))
    factories.OrderFactory(district=district, number="WO-1", kind="TROUBLE")
    with serving.running("outages") as outages:
        examples.permits(outages)
        outages.set(incidents=[incident(1, CUST_K=0.5, LAST_EDIT=1_781_600_000_000)])
        follow()
        outages.set(incidents=[incident(1, CUST_K=0.25, LAST_EDIT=1_781_500_000_000)])

        readings(3)

    assert models.WorkOrder.objects.get().customers_out == 250
    assert len(said(mara)) == 1
