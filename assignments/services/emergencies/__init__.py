"""An emergency meets the plan of the day: who can be there first, what that displaces, and accepting a choice."""

from __future__ import annotations

from assignments.services.emergencies.accepting import Accepted, accept
from assignments.services.emergencies.looking import (
    DECIDING,
    RUSHED,
    ChoiceChanged,
    NeedsSeveralCrews,
    NotAnEmergency,
    Offer,
    Offers,
    call_outs,
    choices,
)

__all__ = [
    "DECIDING",
    "RUSHED",
    "Accepted",
    "ChoiceChanged",
    "NeedsSeveralCrews",
    "NotAnEmergency",
    "Offer",
    "Offers",
    "accept",
    "call_outs",
    "choices",
]
