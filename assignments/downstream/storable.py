"""Values of records that any database of ours can hold, and any page can show in any zone; no Django.

Free text is mended and times without a meaning are read as none; keys and numbers are refused where they do not fit.
Whatever was mended is said in the list that is the context of the validation, where there is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, ValidationInfo

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The times that are stored. Systems write "always" and "never" as times far outside of them."""
BIGGEST_VERSION = 2**63 - 1
MOST_CUSTOMERS = 100_000_000
MOST_VOLTS = 2_000_000
LONGEST_SHIFT = timedelta(days=31)

_LONG_BEFORE, _LONG_AFTER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_YEAR = re.compile(r"\s*([+-]?\d{4,})-")
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069]")
"""Control characters but for tab and line feed, halves of characters, the byte order mark, and what turns the direction
of all that follows on a line."""
_INVISIBLE = re.compile("[\\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\uffa0]*")
"""Nothing but blanks and characters that show nothing."""


def shown(text: str) -> str:
    """The text with a blank for each character that cannot be stored or shown."""
    return _UNSHOWN.sub(" ", text)


def _say(info: ValidationInfo, what: str) -> None:
    if isinstance(info.context, list):
        info.context.append(f"{info.field_name} {what}")


@dataclass(frozen=True, slots=True)
class _Mended:
    """Free text without characters that nothing can show, of at most `most` characters."""

    most: int
    is_needed: bool = False

    def __call__(self, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        text = shown(value)
        if text != value:
            _say(info, "held characters that nothing can show")
        if len(text) > self.most:
            text = f"{text[: self.most - 1]}…"
            _say(info, f"was shortened to {self.most} characters")
        if self.is_needed and _INVISIBLE.fullmatch(text):
            raise ValueError("is blank")
        return text


def _key(value: str) -> str:
    if value != shown(value) or "\t" in value or "\n" in value:
        raise ValueError("holds a control character")
    if _INVISIBLE.fullmatch(value):
        raise ValueError("is blank")
    return value


def _plain_number(value: str) -> str:
    if value in {".", ".."}:
        raise ValueError("cannot be a part of an address")
    return value


Reference = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_key)]
Number = Annotated[Reference, AfterValidator(_plain_number)]
"""A name by which people know something."""
Version = Annotated[int, Field(ge=1, le=BIGGEST_VERSION)]
Customers = Annotated[int, Field(ge=0, le=MOST_CUSTOMERS)]
Volts = Annotated[int, Field(ge=0, le=MOST_VOLTS)]
Name = Annotated[str, BeforeValidator(_Mended(100, is_needed=True)), Field(min_length=1, max_length=100)]
Title = Annotated[str, BeforeValidator(_Mended(200, is_needed=True)), Field(min_length=1, max_length=200)]
ShortTitle = Annotated[str, BeforeValidator(_Mended(60, is_needed=True)), Field(min_length=1, max_length=60)]
Line = Annotated[str, BeforeValidator(_Mended(200)), Field(max_length=200)]
Label = Annotated[str, BeforeValidator(_Mended(100)), Field(max_length=100)]
Place = Annotated[str, BeforeValidator(_Mended(60)), Field(max_length=60)]
Feeder = Annotated[str, BeforeValidator(_Mended(40)), Field(max_length=40)]
Body = Annotated[str, BeforeValidator(_Mended(10_000)), Field(max_length=10_000)]


def _readable(value: Any) -> Any:
    """The same, with years that no time of Python has, and the first and last ones with whatever offset, as times."""
    if isinstance(value, datetime):
        year = value.year
    elif isinstance(value, str) and (found := _YEAR.match(value)):
        year = int(found[1][:9])
    else:
        return value
    if year <= 1:
        return _LONG_BEFORE
    return _LONG_AFTER if year >= 9999 else value


def _in_utc(value: datetime) -> datetime:
    """In UTC; times near the ends of the calendar as they are."""
    return value.astimezone(UTC) if 1 < value.year < 9999 else value


def _within(value: datetime) -> datetime:
    at = _in_utc(value)
    if not FIRST <= at <= LAST:
        raise ValueError("lies outside the years 1970 to 2199")
    return at


def _since(value: datetime) -> datetime:
    return _within(max(_in_utc(value), FIRST))


def _until(value: datetime) -> datetime:
    return _within(min(_in_utc(value), LAST))


def _not_before(value: datetime | None) -> datetime | None:
    return None if value is None or _in_utc(value) < FIRST else _within(value)


def _at_last(value: datetime | None) -> datetime | None:
    found = _not_before(min(_in_utc(value), LAST)) if value is not None else None
    return None if found == LAST else found


Moment = Annotated[AwareDatetime, BeforeValidator(_readable), AfterValidator(_within)]
Since = Annotated[AwareDatetime, BeforeValidator(_readable), AfterValidator(_since)]
"""A beginning; one before 1970 means always."""
Until = Annotated[AwareDatetime, BeforeValidator(_readable), AfterValidator(_until)]
"""An end that something must have; one after 2199 means the end of that year."""
NotBefore = Annotated[AwareDatetime | None, BeforeValidator(_readable), AfterValidator(_not_before)]
"""None where it lies before 1970."""
AtLast = Annotated[AwareDatetime | None, BeforeValidator(_readable), AfterValidator(_at_last)]
"""None where it lies before 1970 or after 2199."""


def none_of_nothing(value: Any) -> Any:
    """The period as it was sent, or None where neither its beginning nor its end means anything."""
    if not isinstance(value, dict):
        return value
    ends = [_readable(value.get(name)) for name in ("start", "end")]
    return None if all(end is None or end == _LONG_BEFORE for end in ends) else value
