"""Files that somebody has sent, and workers that go on with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.files import importing, leasing, uploading
from tests import factories

ORDER = {
    "number": "WO-1", "district": "NORTH", "kind": "TROUBLE", "title": "Line down", "latitude": "41.9",
    "longitude": "-88.3", "duration_minutes": "90", "status": "RECEIVED",
}  # fmt: skip


class Killed(BaseException):
    """The worker process is gone."""


class ImportWorker:
    """A worker whose clock and end the test decides."""

    def __init__(self, name: str, *, at: int = 0) -> None:
        self.name, self.at = name, at
        self.between: Callable[[], None] = lambda: None
        """Called between two transactions."""

    def now(self) -> Any:
        return factories.NOW + timedelta(seconds=self.at)

    def claim(self) -> leasing.HeldImport | None:
        file = leasing.claim(owner=self.name, now=self.now())
        return leasing.HeldImport(file, self.name, self.now, pause=self._pause) if file else None

    def _pause(self) -> None:
        self.between()

    def work(self) -> None:
        held = self.claim()
        assert held is not None
        importing.go_on(held=held)

    def dies_after(self, transactions: int) -> None:
        """Works, and is killed behind so many transactions."""
        left = iter(range(transactions))

        def between() -> None:
            if next(left, None) is None:
                raise Killed

        self.between = between
        with pytest.raises(Killed):
            self.work()


@pytest.fixture
def boss(db: None) -> Any:
    """An administrator."""
    return factories.UserFactory(username="ada", first_name="Ada", is_staff=True, is_superuser=True)


def send(by: Any, *rows: dict[str, str], table: str = "workorder", **options: Any) -> models.FileImport:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    return uploading.start(table=table, name="rows.csv", content=pieces, by=by, now=factories.NOW, **options)


def orders(number: int, **cells: str) -> list[dict[str, str]]:
    return [ORDER | {"number": f"WO-{n}"} | cells for n in range(1, number + 1)]


def fresh(file: models.FileImport) -> models.FileImport:
    file.refresh_from_db()
    return file
