"""How the tests of upserting ask."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services import upserting
from tests.factories import NOW


def take(system: models.DownstreamSystem, resource: Resource, *records: Any) -> upserting.Upserted:
    return upserting.upsert(system=system, resource=resource, records=records, now=NOW)
