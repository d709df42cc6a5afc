"""State machines as tables: each model lists which states may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.db import models

Transitions = Mapping[str, frozenset[str]]


def table(moves: Mapping[str, tuple[str, ...]]) -> Transitions:
    """The table with every state named as a target also present as a source."""
    targets = {target for row in moves.values() for target in row}
    return {state: frozenset(moves.get(state, ())) for state in {*moves, *targets}}


def sources(transitions: Transitions, to: str) -> list[str]:
    """The states from which `to` may be entered."""
    return sorted(state for state, targets in transitions.items() if to in targets)


class StatefulQuerySet(models.QuerySet[Any]):
    """Rows whose model declares TRANSITIONS over its `status`."""

    def transition(self, to: str, **values: Any) -> int:
        """Number of rows moved to `to`: a conditional UPDATE, so of two racing callers one gets 0."""
        return self.ready_for(to).update(status=to, **values)

    def ready_for(self, to: str) -> Self:
        """The rows that may move to `to`."""
        return self.filter(status__in=sources(self.model.TRANSITIONS, to))
