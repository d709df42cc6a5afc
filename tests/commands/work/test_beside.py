"""Long computing is waited for, and left behind when nobody wants its results any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from assignments.tasks import beside
from tests.commands.work.steps import until

pytestmark = pytest.mark.django_db(transaction=True)


def test_gives_every_result_in_its_order():
    assert list(beside.results(lambda stop: range(5), stop=bool)) == [0, 1, 2, 3, 4]


def test_raises_what_the_work_raises_after_what_it_gave():
    def work(stop: beside.Stop) -> Iterator[int]:
        yield 1
        raise ValueError("a rule set without speed")

    results = beside.results(work, stop=bool)

    assert next(results) == 1
    with pytest.raises(ValueError, match="without speed"):
        next(results)


@pytest.mark.serial
def test_a_step_that_cannot_be_interrupted_is_left_behind():
    asked, over = threading.Event(), threading.Event()

    def work(stop: beside.Stop) -> Iterator[int]:
        asked.set()
        over.wait()
        yield 1

    assert list(beside.results(work, stop=asked.is_set)) == []
    over.set()


def test_work_is_told_when_its_caller_has_left():
    told: list[beside.Stop] = []

    def work(stop: beside.Stop) -> Iterator[int]:
        told.append(stop)
        yield from range(100)

    results = beside.results(work, stop=bool)
    assert next(results) == 0
    assert not told[0]()

    results.close()

    assert told[0]()
    until(lambda: "computing" not in [thread.name for thread in threading.enumerate()])
