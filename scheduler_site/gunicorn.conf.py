"""The web server: gevent workers, each holding thousands of open streams. Settings come from the environment."""

from __future__ import annotations

from gevent import monkey

# Before anything is imported that waits: psycopg looks once, at its import, whether it may block, and would then hold
# up every stream of a process at each query.
monkey.patch_all()

import atexit  # noqa: E402
import gc  # noqa: E402
import importlib  # noqa: E402
import os  # noqa: E402
import shutil  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402


def _metrics_place() -> str:
    """A directory in which the processes of this server keep their numbers, for as long as it runs."""
    place, owner = tempfile.mkdtemp(prefix="lineup-metrics-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(place, ignore_errors=True)

    atexit.register(remove)
    return place


# Read when the product is imported. What another server left there would count as ours.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _metrics_place()

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
wsgi_app = "scheduler_site.wsgi:application"

# What a process writes is its owner's alone.
umask = 0o077
worker_class = "gevent"
# Imported once for all: the processes share that memory, and one that died is replaced at once. HUP therefore starts
# processes of the same code; after an update the server is restarted.
preload_app = True
# The caps of the streams (notifications.streams.limits) lie below, so that pages and health checks find a place.
worker_connections = 2000

# Streams say goodbye within a second of TERM; the rest is for requests under way.
graceful_timeout = 10
timeout = 30
# A worker that recycles itself would cut its streams.
max_requests = 0

accesslog = None
errorlog = "-"
loglevel = os.environ.get("WEB_LOG_LEVEL", "info")
if os.environ.get("LOG_FORMAT") == "json":
    # The command `gunicorn` knows the project only once it has begun.
    sys.path.insert(0, str(Path.cwd()))
    logconfig_dict = {
        "formatters": {"generic": {"()": "scheduler_site.log_lines.JsonLines"}},
        "loggers": {
            "gunicorn.error": {"level": loglevel.upper(), "handlers": ["error_console"], "propagate": False},
            # Named addresses hold secrets of calendars; the proxy's log is the place for requests.
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }

# Its default lies in the home directory of whoever starts the server, outside the project.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Completes what the processes share, before the first of them begins."""
    from django.conf import settings
    from django.db import connections

    # Django would import the addresses with the first request, in each process.
    importlib.import_module(settings.ROOT_URLCONF)
    # A connection must not be shared, nor the pool, whose threads stay behind.
    connections.close_all()
    for connection in connections.all():
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
    # What was imported stays for ever; a page that reads a thousand rows would else walk all of it several times, and
    # the walk would write to memory that is shared until then.
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Lets the streams see that the worker was asked to stop, and starts what looks beside them: relay, and workers."""
    from assignments.tasks import signs
    from notifications.streams.process import threads

    threads.drain_when(lambda: not worker.alive)
    threads.begin_relaying()
    signs.begin_looking(lambda: not worker.alive)


def child_exit(server: Any, worker: Any) -> None:
    """Counts the streams of a process no longer that has ended, however it did."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def worker_exit(server: Any, worker: Any) -> None:
    """The last words of streams that are no requests any more, which gunicorn therefore does not wait for."""
    from notifications.streams.process import threads

    threads.say_goodbye()
