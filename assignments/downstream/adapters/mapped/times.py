"""Times in the ways in which systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

ISO, EPOCH, EPOCH_MS = "iso", "epoch", "epoch_ms"
LONG_BEFORE, LONG_AFTER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""Times beyond all calendars, which mean always and never."""


def read(value: Any, form: str | None, zone: str | None) -> Any:
    """The time with an offset; a value that is none as it is. Raises ValueError, in words.

    `form` is iso, epoch, epoch_ms, or as for strptime; times without an offset are those of the zone.
    """
    if form in (EPOCH, EPOCH_MS):
        return _of_epoch(value, 1000 if form == EPOCH_MS else 1)
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value.strip()) if form in (None, ISO) else datetime.strptime(value.strip(), form)  # noqa: DTZ007
    except ValueError as error:
        if form in (None, ISO):
            # Years that no time of Python has are read further on.
            return value
        raise ValueError(f"“{value[:60]}” is not a time as {form} has them") from error
    return at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None and zone else at


def milliseconds(value: Any) -> Any:
    """A time as milliseconds since 1970; anything else as it is."""
    return int(value.timestamp() * 1000) if isinstance(value, datetime) and value.tzinfo else value


def write(at: datetime, form: str | None, zone: str | None) -> Any:
    """The time, in UTC unless a zone is given."""
    if form == EPOCH:
        return int(at.timestamp())
    if form == EPOCH_MS:
        return int(at.timestamp() * 1000)
    local = at.astimezone(ZoneInfo(zone) if zone else UTC)
    if form in (None, ISO):
        text = local.isoformat(timespec="seconds")
        return text.replace("+00:00", "Z") if not zone else text
    return local.strftime(form)


def _of_epoch(value: Any, per_second: int) -> Any:
    if isinstance(value, bool) or value is None or (isinstance(value, str) and not value.strip()):
        return None if value is not True and value is not False else value
    try:
        seconds = float(value) / per_second
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"“{str(value)[:60]}” is not a number of {_UNITS[per_second]}") from error
    if not LONG_BEFORE.timestamp() <= seconds <= LONG_AFTER.timestamp():
        return LONG_BEFORE if seconds < 0 else LONG_AFTER
    return datetime.fromtimestamp(seconds, UTC)


_UNITS = {1: "seconds", 1000: "milliseconds"}
