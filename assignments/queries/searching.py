"""Rows by words that somebody types: every word occurs somewhere in the row."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence

from django.db.models import Q

LONGEST = 100
"""Characters of a search."""
MOST = 10
"""Words of a search: each is a pass over the rows for each column, and SQLite refuses expressions of 1,000 parts."""


OF_ORDERS = ("number", "title", "address", "feeder", "substation")
"""Columns of a work order in which people search."""


def anywhere(word: str, columns: Sequence[str]) -> Q:
    """The word occurs in one of the columns."""
    return functools.reduce(operator.or_, (Q(**{f"{column}__icontains": word}) for column in columns))


def everywhere(text: str, columns: Sequence[str]) -> Q:
    """Every word of the text occurs in one of the columns."""
    return functools.reduce(operator.and_, (anywhere(word, columns) for word in text.split()), Q())


def bounded(text: str) -> str:
    """As much of the text as is searched for."""
    return " ".join(text[:LONGEST].split()[:MOST])
