"""The shape of a district's territory on the map: what its boundary and its network may be made of."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError

_BOUNDARY = "The boundary is a list of three or more points, each [latitude, longitude] in degrees."
_NETWORK = (
    'The network is an object of two lists: {"substations": [{"name": "Cedar Hill", "place": [42.2, -92.1]}], '
    '"feeders": [{"name": "Cedar Hill 1204", "path": [[42.2, -92.1], [42.3, -92.0]]}]}.'
)


def validate_boundary(value: Any) -> None:
    """Refuses what is no polygon; an empty list is a district without a drawn boundary."""
    if value and not _is_path(value, least=3):
        raise ValidationError(_BOUNDARY)


def validate_network(value: Any) -> None:
    """Refuses what cannot be drawn; an empty object is a district whose network is not known."""
    if value and not _is_network(value):
        raise ValidationError(_NETWORK)


def _is_network(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() <= {"substations", "feeders"}:
        return False
    substations, feeders = value.get("substations", []), value.get("feeders", [])
    if not isinstance(substations, list) or not isinstance(feeders, list):
        return False
    named = all(isinstance(one, dict) and _is_name(one.get("name")) for one in chain(substations, feeders))
    return (
        named
        and all(_is_point(one.get("place")) for one in substations)
        and all(_is_path(one.get("path"), least=2) for one in feeders)
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_path(value: Any, *, least: int) -> bool:
    return isinstance(value, list) and len(value) >= least and all(_is_point(point) for point in value)


def _is_point(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(one) for one in value):
        return False
    latitude, longitude = value
    return bool(abs(latitude) <= 90 and abs(longitude) <= 180)


def _is_number(value: Any) -> bool:
    # True is an int to Python.
    return isinstance(value, int | float) and not isinstance(value, bool)
