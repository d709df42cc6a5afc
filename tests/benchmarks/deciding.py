"""Measures the transaction of an approval: by one manager, and by 20 who choose at random among the same suggestions.

    python -m tests.benchmarks.deciding [--alone 200] [--each 10]

Three systems are to be told of each decision. Of two managers who want the same order, or the same crew, one gets it;
the other must be told so in words, and nobody may get an error. On SQLite, and on a PostgreSQL of its own where one is
installed.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import threading
import time
from collections import Counter
from typing import Any

from tests.benchmarks import databases
from tests.drill import accounts

_NAMED = "BENCH_DATABASE"
_MANAGERS = 20
_LONGEST_PAUSE = 4.0
"""Seconds between two decisions of one manager, at random from none to this."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alone", type=int, default=200, help="approvals of one manager")
    parser.add_argument("--each", type=int, default=10, help="decisions of each of the 20")
    options = parser.parse_args()
    if name := os.environ.get(_NAMED):
        _measure(name, options.alone, options.each)
        return
    print(
        "| | alone, p50 ms | p99 ms | 20 managers, p50 ms | p99 ms | approved | losers told | errors | booked twice |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    databases.on_each("tests.benchmarks.deciding", named=_NAMED)


def _measure(name: str, alone: int, each: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    # What development would keep of each query is not what is measured.
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    from tests import factories

    district = factories.DistrictFactory()
    managers = [factories.UserFactory() for _ in range(_MANAGERS)]
    for manager in managers:
        factories.MembershipFactory(user=manager, district=district, role="MANAGER")
    for _ in range(3):
        factories.DownstreamSystemFactory()

    first = [_decide(suggestion, managers[0]) for suggestion in _fill(district, alone)]
    assert {word for word, _ in first} == {"approved"}, "nobody is in the way"

    wanted = _fill(district, _MANAGERS * each // 2, crews_of_an_order=2)
    found = _all_at_once(managers, wanted, each)
    count = Counter(word for word, _ in found)
    figures = [*_quantiles(first), *_quantiles(found)]
    told = " | ".join(f"{one:.0f}" for one in figures)
    twice = sum(accounts.booked_twice())
    print(
        f"| {name} | {told} | {count['approved']} | {count['refused']} | {count['error']} | {twice} |",
        flush=True,
    )  # fmt: skip


def _fill(district: Any, orders: int, crews_of_an_order: int = 1) -> list[Any]:
    """Suggestions, each crew's at the same time; where an order has several, so has a crew."""
    from tests import factories

    run = factories.SuggestionRunFactory(district=district)
    shifts = [factories.ShiftFactory(crew=factories.CrewFactory(district=district)) for _ in range(orders)]
    return [
        factories.SuggestionFactory(
            run=run, order=order, shift=shifts[(place + rank) % orders], rank=rank + 1, in_plan=not rank
        )
        for place, order in enumerate(factories.OrderFactory.create_batch(orders, district=district))
        for rank in range(crews_of_an_order)
    ]


def _all_at_once(managers: list[Any], wanted: list[Any], each: int) -> list[tuple[str, float]]:
    from django.db import connections

    found: list[tuple[str, float]] = []

    def manage(number: int) -> None:
        chance = random.Random(number)
        for _ in range(each):
            time.sleep(chance.uniform(0, _LONGEST_PAUSE))
            found.append(_decide(chance.choice(wanted), managers[number]))
        connections.close_all()

    threads = [threading.Thread(target=manage, args=(number,)) for number in range(len(managers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _decide(suggestion: Any, by: Any) -> tuple[str, float]:
    """The end of one approval, and its seconds."""
    from assignments import models
    from assignments.services.decisions import approving
    from assignments.services.records import refusals
    from tests.factories import NOW

    began = time.perf_counter()
    try:
        approving.approve(suggestion=models.Suggestion.objects.get(pk=suggestion.pk), by=by, now=NOW)
        word = "approved"
    except refusals.Refusal as refusal:
        word = "refused" if str(refusal) else "error"
    except Exception as error:  # noqa: BLE001 - each is counted: a deadlock, a lock that was waited for too long
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        word = "error"
    return word, time.perf_counter() - began


def _quantiles(found: list[tuple[str, float]]) -> tuple[float, float]:
    """Milliseconds of the approvals, p50 and p99."""
    parts = statistics.quantiles([1000 * seconds for word, seconds in found if word == "approved"], n=100)
    return parts[49], parts[98]


if __name__ == "__main__":
    main()
