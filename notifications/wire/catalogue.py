"""Every event that may leave the server, in one register; docs/streams.md is held against it. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

BEGIN = "<!-- catalogue: begin -->"
END = "<!-- catalogue: end -->"


class EventTypeTaken(ValueError):
    """Another definition is registered under this name."""


class UnknownEventType(LookupError):
    """No event type of this name is registered."""


class PayloadMismatch(ValueError):
    """A payload lacks a field of its event type, or has one that the catalogue does not know."""


@dataclass(frozen=True)
class EventType:
    """One kind of event: its wire name, the channels it travels on, its fields, and who makes it.

    `payload` maps each field to its meaning; `rendered` the fields that only browser streams get, added once per
    server process. `delivered` is False for an event that the server keeps to itself.
    """

    name: str
    channel: str
    payload: Mapping[str, str]
    description: str
    rendered: Mapping[str, str] = field(default_factory=dict)
    delivered: bool = True

    def check(self, data: Mapping[str, Any]) -> None:
        """Raises PayloadMismatch unless `data` has exactly the fields of the catalogue."""
        missing, unknown = self.payload.keys() - data.keys(), data.keys() - self.payload.keys()
        if missing or unknown:
            raise PayloadMismatch(f"{self.name}: missing {sorted(missing)}, not in the catalogue {sorted(unknown)}.")


_types: dict[str, EventType] = {}


def register(event_type: EventType) -> EventType:
    """The same event type, now known by its name; raises EventTypeTaken when the name has another definition."""
    if _types.setdefault(event_type.name, event_type) != event_type:
        raise EventTypeTaken(f"{event_type.name} is registered with another definition.")
    return event_type


def find(name: str) -> EventType:
    """The event type of this wire name; raises UnknownEventType."""
    try:
        return _types[name]
    except KeyError:
        raise UnknownEventType(f"No event type is called {name!r}.") from None


def all_types() -> list[EventType]:
    """Every registered event type, by channel and name."""
    return sorted(_types.values(), key=lambda one: (one.channel, one.name))


def as_markdown(types: Iterable[EventType]) -> str:
    """The catalogue as the section of docs/streams.md that lies between BEGIN and END, markers included."""
    parts = [BEGIN]
    for one in types:
        parts.append(f"### `{one.name}`\n")
        parts.append(f"Channel: `{one.channel}`. {one.description}\n")
        rows = [f"| `{name}` | {meaning} |" for name, meaning in one.payload.items()]
        rows += [f"| `{name}` | {meaning} (browser streams only) |" for name, meaning in one.rendered.items()]
        parts.append("\n".join(["| field | meaning |", "| --- | --- |", *rows]) + "\n" if rows else "No fields.\n")
    parts.append(END)
    return "\n".join(parts)


def replaced(page: str, section: str) -> str:
    """The page with `section` in place of its catalogue; raises ValueError when the page has no markers."""
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not (begins and ends):
        raise ValueError(f"The page needs the lines {BEGIN} and {END}.")
    return before + section + after
