"""A benchmark on SQLite and, where it is there, on PostgreSQL, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import servers


def on_each(module: str, *, named: str) -> None:
    """Runs the module with this command's arguments for each database, of which the variable `named` has the name."""
    with tempfile.TemporaryDirectory() as home:
        _run(module, named, "SQLite", f"sqlite:///{Path(home) / 'bench.sqlite3'}")
    if servers.find_postgres():
        with servers.postgres() as url:
            _run(module, named, "PostgreSQL", url)


def _run(module: str, named: str, name: str, url: str) -> None:
    settings = {"DEBUG": "1", "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "scheduler_site.settings", named: name}
    subprocess.run([sys.executable, "-m", module, *sys.argv[1:]], env={**os.environ, **settings}, check=True)
