"""Long computing in a thread of its own, so that whoever waits for it can let go at any moment.

A compiled step of the engine, or the screening of a large district, cannot be interrupted for seconds. Who no longer
wants the results leaves the thread behind; it ends at its next look at `stop` and has nothing that it could spoil.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from django.db import connection

from notifications.services import connections

Result = TypeVar("Result")
Stop = Callable[[], bool]

_LOOK_SECONDS = 0.05


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    """After the last result."""


def results(work: Callable[[Stop], Iterable[Result]], *, stop: Stop) -> Generator[Result]:
    """The results of `work`, computed at most one ahead; ends as soon as `stop` says so, whatever is being computed.

    `work` is given a stop that is true from then on, and also when the caller has left. It may read the database, over
    a connection of its own, but not write: nobody waits for it. Raises what `work` raises.
    """
    outbox: queue.Queue[Result | _Raised | _End] = queue.Queue(maxsize=1)
    left = threading.Event()

    def is_over() -> bool:
        return left.is_set() or stop()

    def put(item: Result | _Raised | _End) -> None:
        while not is_over():
            try:
                outbox.put(item, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return

    def compute() -> None:
        try:
            for result in work(is_over):
                put(result)
                if is_over():
                    break
            put(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are waited for
            put(_Raised(error))
        finally:
            connection.close()

    # A daemon: a process that must end does not wait for a compiled step.
    threading.Thread(target=compute, name="computing", daemon=True).start()
    try:
        yield from _heard(outbox, stop)
    finally:
        left.set()


def _heard(outbox: queue.Queue[Result | _Raised | _End], stop: Stop) -> Iterator[Result]:
    while not stop():
        try:
            item = outbox.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            # What is computed may take seconds, in which others have use for the connection.
            connections.give_back()
            continue
        if isinstance(item, _Raised):
            raise item.error
        if isinstance(item, _End):
            return
        yield item
