"""The peers that are programs of their own: nchan inside nginx."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import servers
from tests.benchmarks.peers import CACHE, NotInstallable, Posting, Running, requests_file, run, started


@contextlib.contextmanager
def nchan(count: int) -> Iterator[Running]:
    binary, module = _nginx_with_nchan()
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch, _directory_of_nginx():
        port = servers.free_port()
        Path(scratch, "nginx.conf").write_text(f"""
            load_module {module};
            daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {scratch}/pid; error_log stderr crit;
            {"user root;" if os.geteuid() == 0 else ""}
            events {{ worker_connections 20000; }}
            http {{
                access_log off; nchan_shared_memory_size 128M;
                keepalive_requests 1000000;
                server {{
                    listen 127.0.0.1:{port} backlog=4096;
                    location = /publish {{ nchan_publisher; nchan_channel_id ticks; nchan_message_buffer_length 1000; }}
                    location = /events {{ nchan_subscriber eventsource; nchan_channel_id ticks; }}
                }}
            }}""")
        with started([str(binary), "-p", scratch, "-c", f"{scratch}/nginx.conf"], port, dict(os.environ)) as process:
            requests = requests_file(scratch, "/events")
            yield Running(port, process, Posting(port, "/publish", listed=False), requests)


def _nginx_with_nchan() -> tuple[Path, Path]:
    """nginx and the module: the system's, or Debian's packages unpacked into the cache (nothing is installed)."""
    module = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
    if module.exists() and (found := shutil.which("nginx")):
        return Path(found), module
    place = CACHE / "nginx"
    binary, module = place / "usr/sbin/nginx", place / "usr/lib/nginx/modules/ngx_nchan_module.so"
    if not module.exists():
        if not shutil.which("apt-get"):
            raise NotInstallable("nchan: no apt-get on this machine")
        place.mkdir(parents=True, exist_ok=True)
        run(["apt-get", "download", "-qq", "nginx", "libnginx-mod-nchan"], place)
        for package in place.glob("*.deb"):
            run(["dpkg", "-x", package.name, "."], place)
    return binary, module


@contextlib.contextmanager
def _directory_of_nginx() -> Iterator[None]:
    """Where nginx keeps request bodies: nchan has it made whatever nginx.conf says. Removed if it was not there."""
    place = Path("/var/lib/nginx")
    was_there = place.exists()
    place.mkdir(exist_ok=True)
    try:
        yield
    finally:
        if not was_there:
            shutil.rmtree(place)
