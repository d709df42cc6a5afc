"""The settings of the tests: the product's own, with a database per process and a cheap password hasher."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path

# Nothing is created here: mypy reads this module too. The number keeps test runs side by side apart.
_scratch = Path(tempfile.gettempdir())
_name = f"lineup-tests-{os.getpid()}"


@atexit.register
def _tidy() -> None:
    """Django removes the database, but not what SQLite keeps beside it for a connection that a thread left open."""
    for left in _scratch.glob(f"{_name}*"):
        left.unlink(missing_ok=True)


os.environ["DEBUG"] = "1"
# A developer's .env must not aim the tests at a real database; only the process environment may choose one.
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_scratch / _name}.sqlite3")
os.environ.setdefault("REDIS_URL", "")
os.environ["ROUTING_URL"] = ""
os.environ["OUTBOUND_HOSTS"] = ""
# The tests of the limit set one.
os.environ["API_REQUESTS_PER_MINUTE"] = "0"
# Long enough for a better plan of a small day.
os.environ.setdefault("IMPROVE_SECONDS", "0.2")

from scheduler_site.settings import *  # noqa: E402, F403
from scheduler_site.settings import BASE_DIR, DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "scheduler_site.sqlite":
    # A file, because threads and other processes that open it must meet the same locks as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / f"{_name}-test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
# Tests with many threads need a connection for each; the servers and workers that tests start have their pool.
POOL = DATABASES["default"]["OPTIONS"].pop("pool", None)

# It exists, which is all that WhiteNoise asks of it here.
STATIC_ROOT = BASE_DIR / "static"
# Each client of a test would otherwise list all static files anew.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
