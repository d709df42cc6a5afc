"""Waiting for SQLite's write lock: patiently, and without holding up whoever else is in the process."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from assignments.models import RuleSet
from scheduler_site.sqlite import base
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite"),
]


class Writer(threading.Thread):
    """Has the write lock until it is let go."""

    def __init__(self):
        super().__init__(daemon=True)
        self.has_it, self.let_go = threading.Event(), threading.Event()

    def run(self):
        try:
            with transaction.atomic():
                self.has_it.set()
                self.let_go.wait(180)
        finally:
            connection.close()

    def __enter__(self):
        self.start()
        assert self.has_it.wait(60)
        return self

    def __exit__(self, *error):
        self.let_go.set()
        self.join(60)


def test_a_transaction_and_a_single_statement_wait_their_turn():
    of_night = RuleSet.objects.filter(pk=factories.RuleSetFactory().pk)
    for rename in (of_night.update, transaction.atomic(of_night.update)):
        with Writer() as writer:
            threading.Timer(0.3, writer.let_go.set).start()
            assert rename(name="Night") == 1


def test_many_rows_of_a_generator_wait_too():
    with Writer() as writer, connection.cursor() as cursor:
        threading.Timer(0.3, writer.let_go.set).start()
        names: Any = ((name,) for name in ("hot work", "confined space"))
        cursor.executemany("INSERT INTO assignments_qualification (code, name) VALUES (%s, '')", names)

        assert cursor.rowcount == 2


def test_patience_has_an_end(monkeypatch):
    monkeypatch.setattr(base, "PATIENCE", 0.2)

    with Writer(), pytest.raises(OperationalError, match="locked"), transaction.atomic():
        pass


def test_what_is_wrong_with_a_statement_is_told_at_once():
    with pytest.raises(OperationalError, match="syntax"), connection.cursor() as cursor:
        cursor.execute("SELEC 1")


def test_in_a_gevent_process_the_others_go_on(tmp_path):
    # While one greenlet waits for a lock that another holds, a third one counts.
    script = """
        from gevent import monkey; monkey.patch_all()
        import gevent, os
        os.environ["DATABASE_URL"] = "sqlite:///" + os.path.join(os.environ["HERE"], "lineup.sqlite3")
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django; django.setup()
        from django.db import connection, transaction
        connection.cursor().execute("CREATE TABLE word (name text)")
        ticks = []
        def hold():
            with transaction.atomic():
                gevent.sleep(0.6)
        def write():
            connection.cursor().execute("INSERT INTO word VALUES ('waited')")
            ticks.append("written")
        def count():
            for _ in range(10):
                gevent.sleep(0.03)
                ticks.append("tick")
        gevent.joinall([gevent.spawn(f) for f in (hold, write, count)], raise_error=True)
        print(ticks.index("written"))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={"HERE": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout.strip() == "10", done.stderr
