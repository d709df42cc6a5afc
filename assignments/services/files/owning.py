"""Columns that a downstream system fills: a file that says otherwise would be overruled by its next message.

Of a system that is not heard any more a file may say everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from assignments.queries import sources
from assignments.services.upserting import owned

if TYPE_CHECKING:
    from assignments.services.files.resource import ExchangeResource, ReadRow


def changed_by_file(of: ExchangeResource, read: ReadRow) -> dict[str, ValidationError]:
    """The changed columns of a row that its source fills, with words."""
    row = read.original
    names = [] if read.is_new else [name for name in read.changed if name in owned.closed(row)]
    return {name: _refusal(row) for name in names} if names and _is_heard(row) else {}


def of_person(of: ExchangeResource, read: ReadRow) -> dict[str, ValidationError]:
    """The same of a row that says what a person holds, which is filled together with the person."""
    person = getattr(read.instance, "employee", None)
    if person is None or not (read.changed or read.is_new) or "held" not in owned.closed(person):
        return {}
    return {"employee": _refusal(person)} if _is_heard(person) else {}


def _is_heard(row: Any) -> bool:
    return sources.heard().filter(pk=row.source_id).exists()


def _refusal(row: Any) -> ValidationError:
    words = f"{row.source} says this. Leave it as it is, or let an administrator take it over first."
    return ValidationError(words)
