"""Measures how long one batch of approvals takes, and taking it back, in pieces as its page goes on with it.

    python -m tests.benchmarks.batches [--orders 600]

Each order has a crew and a shift of its own and three systems to be told; on SQLite, and on a PostgreSQL of its own
where one is installed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.benchmarks import databases

_NAMED = "BENCH_DATABASE"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=600)
    orders = parser.parse_args().orders
    if name := os.environ.get(_NAMED):
        _measure(name, orders)
        return
    print(f"{orders} orders; seconds in all, milliseconds of each order in its piece:\n")
    print("| | approving, s | each, ms | longest piece, s | taking back, s | each, ms | longest piece, s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    databases.on_each("tests.benchmarks.batches", named=_NAMED)


def _measure(name: str, orders: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    # What development would keep of each query is not what is measured.
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    from assignments import models
    from assignments.services.batches import batching
    from tests import factories

    manager, suggestions = _fill(orders)
    now = factories.NOW
    batch = batching.start(
        district=suggestions[0].order.district, day=factories.DAY, suggestions=suggestions, by=manager, now=now
    )
    approving = _pieces(lambda: batching.go_on(batch=batch, by=manager, now=now, seconds=0.7))
    assert batch.items.filter(status="APPROVED").count() == orders, "all are approved"
    batching.take_back(batch=batch, by=manager, now=now + timedelta(minutes=1))
    leaving = _pieces(lambda: batching.go_on(batch=batch, by=manager, now=now, seconds=0.7))
    assert not models.Assignment.objects.live().exists(), "all are taken back"
    told = [f"{sum(one):.1f} | {1000 * sum(one) / orders:.0f} | {max(one):.2f}" for one in (approving, leaving)]
    print(f"| {name} | {' | '.join(told)} |", flush=True)


def _pieces(go_on: Callable[[], int]) -> list[float]:
    """How long each call took, until nothing was left."""
    found, left = [], 1
    while left:
        began = time.perf_counter()
        left = go_on()
        found.append(time.perf_counter() - began)
    return found


def _fill(orders: int) -> tuple[Any, list[Any]]:
    from tests import factories

    manager = factories.UserFactory()
    district = factories.DistrictFactory()
    factories.MembershipFactory(user=manager, district=district, role="MANAGER")
    for _ in range(3):
        factories.DownstreamSystemFactory()
    run, found = factories.SuggestionRunFactory(district=district), []
    for _ in range(orders):
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
        order = factories.OrderFactory(district=district)
        found.append(factories.SuggestionFactory(run=run, order=order, shift=shift))
    return manager, found


if __name__ == "__main__":
    main()
