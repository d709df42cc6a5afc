"""Systems that do on their sockets what a script says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Script = Callable[[socket.socket, threading.Event], None]


class RawSystem:
    """Takes connections and does with each what the script says, until it is closed."""

    def __init__(self, script: Script) -> None:
        self._over, self._script = threading.Event(), script
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        # Wakes up the thread that waits in accept.
        with contextlib.suppress(OSError), socket.create_connection(self._listening.getsockname(), timeout=1):
            pass
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            connection, _ = self._listening.accept()
            with connection, contextlib.suppress(OSError):
                if not self._over.is_set():
                    self._script(connection, self._over)
