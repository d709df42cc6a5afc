from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.beginnings import Beginnings
from tests.browser.stage import Stage, told_on_failure


@pytest.fixture(scope="package")
def everything(known: Beginnings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("everything"), today=known.today) as stage:
        stage.begin(known.seeded)
        stage.start()
        yield stage


@pytest.fixture
def stage(everything: Stage, known: Beginnings) -> Iterator[Stage]:
    """A small utility where nothing is planned yet, with worker and systems."""
    everything.begin(known.seeded)
    with told_on_failure(everything):
        yield everything


@pytest.fixture
def planned(everything: Stage, known: Beginnings) -> Iterator[Stage]:
    """The same after a run for tomorrow."""
    everything.begin(known.suggested)
    with told_on_failure(everything):
        yield everything
