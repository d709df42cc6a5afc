"""Managers decide while a system is read: no transaction of the reading keeps them waiting."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from assignments import models
from assignments.services.decisions import approving
from assignments.tasks import process
from assignments.tasks.following import SourceFollower
from tests import factories
from tests.downstream.conftest import Answer, Asked, ScriptedSystem, page
from tests.factories import NOW
from tests.records import order

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = 200


class Lengths:
    """CPU seconds of each transaction of a connection, from its beginning to its last statement.

    On a busy machine the work counts, not how long it had to wait for a processor.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._began = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("BEGIN"):
            self._began = time.thread_time()
            self.seconds.append(0.0)
        try:
            return execute(sql, params, many, context)
        finally:
            if connections["default"].in_atomic_block and self.seconds:
                self.seconds[-1] = time.thread_time() - self._began


@contextmanager
def reading(orders: int, lengths: Lengths) -> Iterator[threading.Thread]:
    """A worker's thread that takes so many orders."""

    def respond(asked: Asked) -> Answer:
        number = int(asked.query["page"])
        last = min(number * PAGE, orders)
        records = [order(f"W-{n}", number=f"N-{n}") for n in range((number - 1) * PAGE, last)]
        return page(*records, version=9, next=number + 1 if last < orders else None)

    def follow() -> None:
        try:
            with connections["default"].execute_wrapper(lengths):
                SourceFollower(owner="worker-1", now_fn=lambda: NOW).finish(600)
        finally:
            connections.close_all()

    with ScriptedSystem() as http:
        http.respond = respond
        factories.DownstreamSystemFactory(code="work", base_url=http.url, answers_for="ALL", is_target=False)
        thread = threading.Thread(target=follow)
        thread.start()
        try:
            yield thread
        finally:
            process.stopping.set()
            thread.join(60)
            process.stopping.clear()


def approved_beside(orders: int, most: int) -> list[float]:
    """Seconds of each approval while so many orders are taken."""
    district = factories.DistrictFactory(code="NORTH")
    mara = factories.UserFactory()
    factories.MembershipFactory(user=mara, district=district)
    suggestions = [factories.SuggestionFactory(order__district=district) for _ in range(most)]
    took = []
    with reading(orders, Lengths()) as thread:
        while not models.WorkOrder.objects.filter(number="N-1").exists():
            time.sleep(0.01)
        while thread.is_alive() and suggestions:
            one, began = suggestions.pop(), time.monotonic()
            approving.approve(suggestion=one, by=mara, now=NOW)
            took.append(time.monotonic() - began)
        thread.join(600)
    assert models.WorkOrder.objects.filter(number__startswith="N-").count() == orders
    return took


def test_approvals_go_on_while_orders_are_taken() -> None:
    took = approved_beside(600, most=3)

    assert took
    # A busy machine is slow in all it does; one transaction for all of them would last for longer.
    assert max(took) < 30


@pytest.mark.skipif("connections['default'].vendor != 'sqlite'", reason="SQLite has one writer at a time")
def test_no_transaction_keeps_others_from_writing_for_long() -> None:
    factories.DistrictFactory(code="NORTH")
    lengths = Lengths()
    # What all tests before have left in memory is no worker's to look through.
    gc.collect()
    gc.freeze()

    try:
        with reading(2_000, lengths) as thread:
            thread.join(600)
    finally:
        gc.unfreeze()

    assert models.WorkOrder.objects.count() == 2_000
    assert len(lengths.seconds) > 4
    # All at once would be seconds, and on a fast machine a chunk is a tenth of one.
    assert 0 < max(lengths.seconds) < 0.75, sorted(lengths.seconds)[-5:]


@pytest.mark.long
def test_approvals_take_less_than_a_second_while_ten_thousand_orders_are_taken() -> None:
    took = sorted(approved_beside(10_000, most=200))

    assert len(took) > 20
    assert took[int(0.99 * (len(took) - 1))] < 1
