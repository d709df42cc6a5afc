"""Events as CloudEvents 1.0 in structured mode: one JSON document with the event's attributes and its data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime

from assignments.downstream.messages import Message

MEDIA_TYPE = "application/cloudevents+json"


class EventMessage(Message):
    """The body of the `POST` to a subscription's address."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    """The same for each attempt, and for all subscriptions that are sent the event."""
    source: str
    """The district, as `urn:lineup:district:<code>`."""
    type: str
    """`lineup.` and the kind of the event."""
    subject: str
    """Events about one subject come in the order in which they happened."""
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]
    """As in the streams, by kind."""


def structured(
    *, event_id: str, kind: str, district: str, subject: str, at: datetime, data: Mapping[str, Any]
) -> bytes:
    """The document of one event."""
    message = EventMessage(
        id=event_id, source=f"urn:lineup:district:{district}", type=f"lineup.{kind}", subject=subject, time=at,
        data=dict(data),
    )  # fmt: skip
    return message.model_dump_json().encode()
