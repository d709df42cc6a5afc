"""Debian's Pushpin on free ports, with its files in a directory of its own, in front of a web server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from tests import servers

KEY = "a-key-of-the-tests-that-is-32-characters-or-longer"
# Pushpin starts a zurl of its own here, which the sockets of Debian's service have nothing to do with.
CONFIGURATION = """
[global]
include={{libdir}}/internal.conf
rundir={scratch}
ipc_prefix=p-
[runner]
services=condure,zurl,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:{port}
logdir={scratch}
log_level=2
client_buffer_size=8192
client_maxconn=1000
[proxy]
routesfile={scratch}/routes
sig_iss=pushpin
sig_key={key}
accept_x_forwarded_protocol=true
set_x_forwarded_protocol=proto-only
zurl_out_specs=ipc://{scratch}/p-zurl-in
zurl_out_stream_specs=ipc://{scratch}/p-zurl-in-stream
zurl_in_specs=ipc://{scratch}/p-zurl-out
[handler]
push_in_spec=ipc://{scratch}/p-push-in
push_in_sub_specs=ipc://{scratch}/p-push-in-sub
push_in_http_addr=127.0.0.1
push_in_http_port={control}
command_spec=ipc://{scratch}/p-command
message_rate=2500
message_hwm=25000
"""


class Pushpin:
    """A proxy for the web server at `origin`; `port` is for readers, `control` takes what is published."""

    def __init__(self, origin: int) -> None:
        self.port, self.control = servers.free_port(), servers.free_port()
        # Short: the addresses of its sockets may have 107 characters.
        self._scratch = tempfile.TemporaryDirectory(prefix="pushpin-", ignore_cleanup_errors=True)
        scratch = Path(self._scratch.name)
        (scratch / "routes").write_text(f"* 127.0.0.1:{origin}\n")
        written = CONFIGURATION.format(scratch=scratch, port=self.port, control=self.control, key=KEY)
        (scratch / "pushpin.conf").write_text(written)
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Environment that points a web server at this proxy."""
        return {"GRIP_URL": f"http://127.0.0.1:{self.control}", "GRIP_KEY": KEY}

    def start(self) -> None:
        scratch = Path(self._scratch.name)
        command = ["pushpin", "--config", str(scratch / "pushpin.conf"), "--merge-output"]
        with (scratch / "log").open("ab") as log:
            self._running = subprocess.Popen(command, stdin=servers.NO_TTY, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not (servers._listens(self.control) and self._answers()):
            if self._running.poll() is not None or time.monotonic() > deadline:
                said = self.log()
                self.close()
                raise RuntimeError(f"Pushpin did not start: {said[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        """Whether it has reached the web server; it takes connections before it can serve them."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code != 502
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Ends all of its processes at once."""
        if self._running is not None:
            self.signal(signal.SIGKILL)
            self._running.wait(timeout=60)
            self._running = None
            while servers._listens(self.port) or servers._listens(self.control):
                time.sleep(0.01)

    def signal(self, how: signal.Signals) -> None:
        """Sends it to the runner and the four processes it has started, each of which is a group of its own."""
        if self._running is not None:
            runner = self._running.pid
            children = Path(f"/proc/{runner}/task/{runner}/children").read_text().split()
            for pid in [runner, *map(int, children)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)

    def log(self) -> str:
        return (Path(self._scratch.name) / "log").read_text()

    def close(self) -> None:
        self.kill()
        self._scratch.cleanup()
