"""Kinds of inbox entries for managers; each person may mute those that concern nobody's safety."""

from __future__ import annotations

from notifications.wire.kinds import Kind, register

ALL = (
    Kind("order.emergency", "Emergency without a crew", "An emergency has come in and no crew has it.", safety=True),
    Kind(
        name="assignment.red",
        label="Approved work that is no longer valid",
        about="A permit lapsed, somebody fell ill or the order changed: a crew must not go to this work as it is.",
        safety=True,
    ),
    Kind("storm", "Storm rules", "Somebody declared a storm or ended it: rest and overtime are others.", safety=True),
    Kind("account", "Your account", "Somebody else changed your password, second step, rights or roles.", safety=True),
    Kind("write-back", "Decisions not taken", "A connected system has not taken a decision and needs a person."),
    Kind("assignment.approved", "Approvals", "Another manager assigned a crew."),
    Kind("assignment.firm", "Tentative approvals settled", "The permit that one waited for is issued."),
    Kind("assignment.revoked", "Work taken back", "Another manager took a crew off an order."),
    Kind("assignment.reassigned", "Work moved", "Another manager moved work to another crew or time."),
    Kind("restoration", "A set restoration time over", "It went by, or no crew can legally keep it any more."),
    Kind("source", "Systems that are read", "One was restored from a copy, or its list lacks much of what it had."),
    Kind("system", "Systems that are told", "One takes no decisions, takes them again, or wants no more events."),
    Kind("run", "Your suggestion runs", "A run that you asked for is ready, or failed."),
)


def register_all() -> None:
    for kind in ALL:
        register(kind)
