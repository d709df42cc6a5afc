"""The quick look at a value lets through nothing that the thorough one refuses."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.upserting import fitting, owned
from assignments.services.upserting.refusing import Unstorable
from tests.factories import NOW

VALUES: list[Any] = [
    None, "", "x", "x" * 300, "a\x00b", "EMERGENCY", "TRAFFIC", "ISSUED", -1, 0, 3, 99, 40_000, 2**31, 2**63, 10**30,
    1.5, -91.0, float("inf"), True, [], ["BUCKET"], [1], {"a": 1}, NOW, NOW.isoformat(), b"x", (1,),
]  # fmt: skip


@pytest.mark.parametrize("model", [*owned.OWNED, models.Outage])
def test_what_looks_fit_is(model: Any) -> None:
    tests = fitting._tests(model)

    for field in model._meta.concrete_fields:
        for value in [value for value in VALUES if field.attname in tests and tests[field.attname](value)]:
            assert "\x00" not in str(value)
            field.clean(value, None)


def test_most_of_what_comes_is_looked_at_quickly() -> None:
    row = models.Permit(number="NO-7", kind="TRAFFIC", status="ISSUED", valid_from=NOW, valid_until=None)
    values = {name: getattr(row, name) for name in ("number", "kind", "status", "valid_from", "valid_until")}

    assert all(fitting._tests(models.Permit)[name](value) for name, value in values.items())


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("number", "x" * 41, "at most 40 characters"),
        ("status", "LOST", "not a valid choice"),
        ("number", "a\x00b", "holds a NUL character"),
        ("number", None, "cannot be null"),
        ("kind", ["TRAFFIC"], "not a valid choice"),
    ],
)
def test_what_the_database_would_refuse_is_refused_in_words(column: str, value: Any, words: str) -> None:
    row = models.Permit(**{column: value})

    with pytest.raises(Unstorable, match=words) as refused:
        fitting.check(row, {column: value})

    assert refused.value.field == column
