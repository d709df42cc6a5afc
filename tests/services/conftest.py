from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.engine import planning
from assignments.services.runs import rejected, suggesting
from assignments.services.snapshots import snapshotting
from tests import factories, teams


@pytest.fixture
def targets(db: None) -> list[models.DownstreamSystem]:
    """Three systems that want to know of each decision."""
    return [factories.DownstreamSystemFactory(code=code) for code in ("work", "workforce", "permits")]


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    """An hour of line work for Line 1 at 08:00, near the base."""
    crew = factories.CrewFactory(district=district, name="Line 1")
    return factories.SuggestionFactory(
        order=factories.OrderFactory(district=district, number="WO-1"), shift=factories.ShiftFactory(crew=crew)
    )


@pytest.fixture
def events_of(db: None) -> Any:
    """The causes of the `order.changed` events of an order, in order."""
    from notifications.models import Event

    def causes(order: models.WorkOrder) -> list[str]:
        rows = Event.objects.filter(type="order.changed").order_by("pk")
        return [row.data["cause"] for row in rows if row.data["order"] == order.pk]

    return causes


@pytest.fixture
def line(district: models.District) -> models.Shift:
    """Line 1 on the day shift."""
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


@pytest.fixture
def traffic(district: models.District) -> models.Shift:
    """Traffic 1 on the day shift."""
    return factories.ShiftFactory(crew=teams.traffic_crew(district))


@pytest.fixture
def lines(district: models.District) -> list[models.Crew]:
    """Line 1, Line 2 and Line 3 on the day shift, Line 1 nearest to the work."""
    made: list[models.Crew] = [
        factories.CrewFactory(district=district, name=f"Line {n}", latitude=41.95 + n / 20) for n in (1, 2, 3)
    ]
    for crew in made:
        factories.ShiftFactory(crew=crew)
    return made


@pytest.fixture
def plan(district: models.District, now: Any) -> Any:
    """A whole run, a minute after the one before."""
    made: list[models.SuggestionRun] = []

    def of() -> models.SuggestionRun:
        models.SuggestionRun.objects.transition("SUPERSEDED")
        requested_at = now + timedelta(minutes=len(made))
        run = factories.SuggestionRunFactory(
            district=district, status="SCORING", lease_owner="worker", lease_until=now, requested_at=requested_at
        )
        made.append(run)
        snapshot = rejected.left_out(
            snapshot=snapshotting.problem_for(
                district=district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
            )
        )
        for batch in planning.plan(snapshot.problem, seed=1):
            if batch.jobs:
                suggesting.store_batch(
                    run=run, owner="worker", jobs=batch.jobs, ranked=batch.done, snapshot=snapshot, now=now
                )
        models.SuggestionRun.objects.filter(pk=run.pk).update(status="READY")
        return run

    return of
