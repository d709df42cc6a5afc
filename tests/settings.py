"""The settings of the tests: the product's own, with a database per process and a cheap password hasher."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "1"
_scratch = Path(tempfile.mkdtemp(prefix="lineup-tests-"))
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
# A developer's .env must not aim the tests at a real database; only the process environment may choose one.
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_scratch / 'default.sqlite3'}")
os.environ.setdefault("REDIS_URL", "")

from scheduler_site.settings import *  # noqa: E402, F403
from scheduler_site.settings import DATABASES  # noqa: E402

STATIC_ROOT = _scratch / "static"
STATIC_ROOT.mkdir()

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, because threads and other processes that open it must meet the same locks as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
