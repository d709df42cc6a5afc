from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving
from tests import factories
from tests.downstream.conftest import ScriptedSystem
from tests.factories import NOW
from tests.services.reconciling.workforce import Workforce, work


@pytest.fixture(scope="module")
def served() -> Iterator[ScriptedSystem]:
    with ScriptedSystem() as one:
        yield one


@pytest.fixture
def workforce(served: ScriptedSystem, tmp_path: Path) -> Iterator[Workforce]:
    system = Workforce(tmp_path / "workforce.sqlite3", served)
    yield system
    system.store.close()
    served.answers.clear()


@pytest.fixture
def target(workforce: Workforce) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="workforce", base_url=workforce.served.url, timeout_seconds=60)


@pytest.fixture
def crews(district: models.District, workforce: Workforce) -> list[models.Crew]:
    found: list[models.Crew] = [factories.CrewFactory(district=district, name=f"Line {n}") for n in (1, 2, 3)]
    workforce.employs(*found)
    return found


@pytest.fixture
def told(district: Any, target: Any, crews: list[models.Crew], mara: Any) -> list[models.Assignment]:
    """WO-1 to WO-3, by Line 1 to Line 3, which the workforce system has taken."""
    made = [
        approving.approve(
            suggestion=factories.SuggestionFactory(
                order=factories.OrderFactory(district=district, number=f"WO-{n}"),
                shift=factories.ShiftFactory(crew=crew),
            ),
            by=mara,
            now=NOW,
        )
        for n, crew in enumerate(crews, start=1)
    ]
    work()
    return made
