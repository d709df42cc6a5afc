from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.beginnings import Beginnings
from tests.browser.stage import Stage, told_on_failure


@pytest.fixture(scope="package")
def served(known: Beginnings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    # One process: that word travels between two is seen in the journeys.
    with Stage(tmp_path_factory.mktemp("served"), today=known.today, deployed=True, web_workers=1) as stage:
        stage.begin(known.seeded)
        stage.start_web()
        yield stage


@pytest.fixture
def pages(served: Stage, known: Beginnings) -> Iterator[Stage]:
    """Pages and streams as an installation serves them, after a run for tomorrow; nothing is gathered or delivered."""
    served.begin(known.suggested)
    with told_on_failure(served):
        yield served
