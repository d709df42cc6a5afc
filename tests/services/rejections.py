"""Steps of the tests of rejections."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.services.decisions import rejecting


def offered(run: models.SuggestionRun) -> list[str]:
    return [one.crew_names for one in run.suggestions.proposed().ranked().with_teams()]


def best_of(run: models.SuggestionRun) -> models.Suggestion:
    rows = run.suggestions.proposed().ranked().with_teams().select_related("order__district", "run")
    best: models.Suggestion = rows[0]
    return best


def reject_best(run: models.SuggestionRun, by: Any, now: Any, **said: Any) -> models.Rejection:
    best = best_of(run)
    rejecting.reject(suggestion=best, by=by, now=now, **({"reason": "Needed in town"} | said))
    return models.Rejection.objects.held().get(shift=best.shift_id, team=best.team)
