"""New rows of a table, many at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.db import models as orm
from django.db.models.base import ModelState


def new_row(model: type[orm.Model], values: Mapping[str, Any]) -> Any:
    """The row as the model's constructor makes it of `values`, by attribute name (`district_id`).

    That looks at each column of each row, which for a wide table takes as long as the database does to store it.
    """
    fixed, made = defaults(model)
    row = model.__new__(model)
    vars(row).update(fixed, _state=ModelState())
    vars(row).update({name: make() for name, make in made.items() if name not in values})
    vars(row).update(values)
    return row


@functools.cache
def defaults(model: type[orm.Model]) -> tuple[Mapping[str, Any], Mapping[str, Callable[[], Any]]]:
    """The defaults of the columns that are the same for all rows, and what makes those of the others."""
    fields = model._meta.concrete_fields
    made = {each.attname: each.get_default for each in fields if each.has_default() and callable(each.default)}
    return {each.attname: each.get_default() for each in fields if each.attname not in made}, made
