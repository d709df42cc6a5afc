"""How the tests of gathering ask."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.services import gathering
from tests.factories import NOW
from tests.services.sources import Source

Sources = dict[str, Source]


def gather(run: models.SuggestionRun, seconds: float = 10, **options: Any) -> gathering.Gathered:
    values: dict[str, Any] = {"now_fn": lambda: NOW, "stop": lambda: False, "on_change": lambda: None, **options}
    return gathering.gather(run=run, deadline=seconds, **values)


def line(run: models.SuggestionRun, code: str) -> models.SourceProgress:
    return run.sources.get(system__code=code)
