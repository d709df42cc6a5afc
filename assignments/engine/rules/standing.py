"""The people of a crew as the rules count them: present, rested, and holding a qualification."""

from __future__ import annotations

from typing import NamedTuple

from assignments.engine.domain.problem import Member

Presence = tuple[Member, bool, bool]
"""A member; whether it is away during the work; whether it is owed rest by its end."""


class Heads(NamedTuple):
    """The members of a crew that count towards a need."""

    holding: tuple[Member, ...]
    """Hold the qualification at the level, whatever its dates."""
    valid: tuple[Member, ...]
    """... and hold it for the whole work."""
    absent: tuple[Member, ...]
    """Valid, but away during the work."""
    tired: tuple[Member, ...]
    """Valid, but owed rest."""
    available: tuple[Member, ...]
    """Valid, present and rested."""
