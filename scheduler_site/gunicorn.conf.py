"""The web server: gevent workers, each holding thousands of open streams. Settings come from the environment."""

from __future__ import annotations

import gc
import os
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
wsgi_app = "scheduler_site.wsgi:application"

# The worker patches the standard library before it loads the application, so psycopg is imported patched and waits
# cooperatively. Preloading would import it first, in the parent, and block every stream at each query.
worker_class = "gevent"
preload_app = False
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

# Its default lies in the home directory of whoever starts the server, outside the project.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Lets the streams see that the worker was asked to stop, and starts their relay to a GRIP proxy.

    The application is loaded by now.
    """
    from notifications.streams.process import threads

    threads.drain_when(lambda: not worker.alive)
    threads.begin_relaying()
    # What was imported stays for ever; a page that reads a thousand rows would else walk all of it several times.
    gc.collect()
    gc.freeze()


def worker_exit(server: Any, worker: Any) -> None:
    """The last words of streams that are no requests any more, which gunicorn therefore does not wait for."""
    from notifications.streams.process import threads

    threads.say_goodbye()
