"""Many ids in few statements."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL


def chunked(ids: Iterable[Any], size: int = 500) -> Iterator[list[Any]]:
    """The ids in lists that any database takes as parameters of one statement."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def among(values: Collection[Any]) -> RawSQL | list[Any]:
    """Ids or texts for an `__in`; on SQLite as one parameter, however many they are.

    Django looks at each of many parameters several times, which for a few hundred takes longer than the query. To
    PostgreSQL they go one by one: of a set of unknown size it thinks so ill that it reads whole tables.
    """
    listed = sorted(values)
    if not listed or connection.vendor != "sqlite":
        return listed
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(listed)])
