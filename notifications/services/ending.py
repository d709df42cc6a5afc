"""Ending a process when it is asked to."""

from __future__ import annotations

import os
import signal
import threading


def set_by_signals(event: threading.Event, *numbers: signal.Signals) -> None:
    """Has the event set when one of the signals comes; from the main thread.

    Not by the handler itself: it interrupts the main thread wherever that is, and where the thread holds the lock of
    the event, as it does when it begins or ends to wait, both would wait for ever.
    """
    asked, ask = os.pipe()
    for number in numbers:
        signal.signal(number, lambda *_: os.write(ask, b"."))

    def heed() -> None:
        os.read(asked, 1)
        event.set()

    threading.Thread(target=heed, name="signals", daemon=True).start()
