from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from assignments import models
from assignments.presenters.board import runs
from tests import factories


@pytest.mark.parametrize(("age", "is_said"), [(None, False), (-1, False), (0, False), (1, True)])
def test_a_source_shows_the_age_of_data_that_is_older_than_the_run(
    district: models.District, now: datetime, age: int | None, is_said: bool
):
    run = factories.SuggestionRunFactory(district=district, requested_at=now)
    read_at = None if age is None else now - timedelta(seconds=age)
    run.sources.create(system=factories.DownstreamSystemFactory(), status="DONE", data_as_of=read_at)

    (line,) = runs.panel(run, zone=district.zone, now=now).sources

    assert (line.as_of is not None) == is_said
