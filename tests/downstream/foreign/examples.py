"""The worked examples of the documentation, set up as an administrator would."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from assignments import models
from tests import factories
from tests.downstream.foreign import maximo, outages
from tests.downstream.foreign.serving import ForeignSystem
from tests.project import house

FOLDER = house.ROOT / "docs" / "examples"
MAXIMO_SECRET = {"LINEUP_SECRET_MAXIMO": "s3cret"}
OUTAGES_KEY = {"LINEUP_SECRET_OUTAGES": outages.KEY}


def manifest(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


def work(system: ForeignSystem, **values: Any) -> models.DownstreamSystem:
    """The work management of `docs/examples/maximo.json`, as new, with two orders to a page."""
    system.set(**deepcopy(maximo.MaximoHandler.state))
    how = manifest("maximo")
    how["resources"]["orders"]["paging"]["size"] = 2
    return set_up(factories.DownstreamSystemFactory.build(
        code="work", base_url=system.url, adapter="mapped", manifest=how, timeout_seconds=60, **values
    ))  # fmt: skip


def permits(system: ForeignSystem, **values: Any) -> models.DownstreamSystem:
    """The outages and permits of `docs/examples/outage-service.json`, as new."""
    system.set(**deepcopy(outages.OutagesHandler.state))
    return set_up(factories.DownstreamSystemFactory.build(
        code="permits", base_url=system.url, adapter="mapped", manifest=manifest("outage-service"), is_target=False,
        answers_for="ALL", timeout_seconds=60, **values,
    ))  # fmt: skip


def set_up(row: models.DownstreamSystem) -> models.DownstreamSystem:
    row.full_clean()
    row.save()
    return row
