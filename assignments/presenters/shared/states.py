"""The mark of every state of the domain, in one place, so that a state looks and reads the same on every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assignments import models
from assignments.presenters.shared.words import Mark

_PRIORITIES = {
    models.WorkOrder.Priority.EMERGENCY: Mark("bad", "siren", "Emergency"),
    models.WorkOrder.Priority.URGENT: Mark("bad", "flag", "Urgent"),
    models.WorkOrder.Priority.HIGH: Mark("pending", "arrow-up", "High"),
    models.WorkOrder.Priority.NORMAL: Mark("none", "minus", "Normal"),
    models.WorkOrder.Priority.LOW: Mark("none", "arrow-down", "Low"),
}
_ORDERS = {
    "RECEIVED": Mark("none", "inbox", "Received"),
    "WAITING": Mark("pending", "clock", "Waiting"),
    "READY": Mark("info", "circle", "Ready"),
    "SCHEDULED": Mark("ok", "calendar", "Scheduled"),
    "DISPATCHED": Mark("ok", "truck", "Dispatched"),
    "IN_PROGRESS": Mark("ok", "wrench", "In progress"),
    "COMPLETED": Mark("ok", "check", "Completed"),
    "CLOSED": Mark("none", "check", "Closed"),
    "CANCELLED": Mark("none", "x", "Cancelled"),
}
_ASSIGNMENTS = {
    "TENTATIVE": Mark("pending", "clock", "Tentative"),
    "APPROVED": Mark("ok", "check", "Approved"),
    "CONFIRMED": Mark("ok", "check-double", "Confirmed"),
    "DISPATCHED": Mark("ok", "truck", "Dispatched"),
    "COMPLETED": Mark("ok", "check", "Completed"),
    "REVOKED": Mark("none", "undo", "Undone"),
    "REASSIGNED": Mark("none", "undo", "Reassigned"),
}
_WRITE_BACKS = {
    "PENDING": Mark("pending", "clock", "pending"),
    "SENDING": Mark("pending", "upload", "sending"),
    "ACKNOWLEDGED": Mark("ok", "check", "received"),
    "FAILED": Mark("pending", "retry", "failed, will retry"),
    "DEAD": Mark("bad", "alert", "failed, needs you"),
    "COMPENSATED": Mark("none", "undo", "taken back"),
    "WRITTEN_OFF": Mark("none", "minus", "written off"),
}
_SOURCES = {
    "WAITING": Mark("none", "clock", "Waiting"),
    "READING": Mark("info", "download", "Reading"),
    "RETRYING": Mark("pending", "retry", "Trying again"),
    "DONE": Mark("ok", "check", "Done"),
    "LATE": Mark("pending", "clock", "Late"),
    "DOWN": Mark("bad", "x", "Down"),
}
_RUNS = {
    "QUEUED": Mark("info", "clock", "Queued"),
    "GATHERING": Mark("info", "download", "Reading systems"),
    "SCREENING": Mark("info", "filter", "Checking rules"),
    "SCORING": Mark("info", "sort", "Ranking crews"),
    "READY": Mark("ok", "check", "Ready"),
    "PARTIAL": Mark("pending", "alert", "Partial"),
    "FAILED": Mark("bad", "x", "Failed"),
    "CANCELLED": Mark("none", "x", "Cancelled"),
    "SUPERSEDED": Mark("none", "undo", "Replaced"),
}
_SUGGESTIONS = {
    "PROPOSED": Mark("info", "circle", "Proposed"),
    "APPROVED": Mark("ok", "check", "Approved"),
    "REJECTED": Mark("bad", "x", "Rejected"),
    "STALE": Mark("pending", "alert", "Out of date"),
    "SUPERSEDED": Mark("none", "undo", "Replaced"),
    "EXPIRED": Mark("none", "clock", "Expired"),
}
_PERMITS = {
    "REQUESTED": Mark("pending", "clock", "Requested"),
    "ISSUED": Mark("ok", "check", "Issued"),
    "EXTENDED": Mark("ok", "check", "Extended"),
    "SUSPENDED": Mark("bad", "pause", "Suspended"),
    "EXPIRED": Mark("bad", "x", "Expired"),
    "REJECTED": Mark("bad", "x", "Rejected"),
    "HANDED_BACK": Mark("none", "undo", "Handed back"),
    "CLOSED": Mark("none", "check", "Closed"),
    "CANCELLED": Mark("none", "x", "Cancelled"),
}


def of_priority(order: models.WorkOrder) -> Mark:
    """The class under the rules in force, with the order's own in words where they differ."""
    urgency = order.urgency_in_force
    stated = f"by {order.district.rules_in_force} rules; the order says {order.get_priority_display().lower()}"
    return replace(_PRIORITIES[urgency], detail=stated if urgency != order.priority else "")


def of_order(status: str) -> Mark:
    return _ORDERS[status]


def of_assignment(assignment: models.Assignment) -> Mark:
    if assignment.why_red:
        return Mark("bad", "alert", "No longer valid", assignment.why_red)
    return _ASSIGNMENTS[assignment.status]


def of_write_back(write_back: models.WriteBack) -> Mark:
    tried = f"{write_back.attempts} attempts. " if write_back.attempts > 1 else ""
    detail = write_back.written_off_because or f"{tried}{write_back.last_error}".strip()
    return replace(_WRITE_BACKS[write_back.status], detail=detail)


def of_write_back_status(status: str) -> Mark:
    """Without its attempts and error, where those stand beside it."""
    return _WRITE_BACKS[status]


def of_source(status: str) -> Mark:
    return _SOURCES[status]


def of_run(status: str) -> Mark:
    return _RUNS[status]


def of_suggestion(suggestion: models.Suggestion) -> Mark:
    cause = suggestion.stale_cause or suggestion.reject_reason
    return replace(_SUGGESTIONS[suggestion.status], detail=cause)


def of_permit(permit: models.Permit, now: datetime) -> Mark:
    if permit.status in models.Permit.LIVE and not permit.covers(permit.order.district, now):
        return Mark("bad", "x", "Lapsed", _why_lapsed(permit, now))
    return _PERMITS[permit.status]


def of_missing_permit() -> Mark:
    """Of a kind that an order requires and for which there is no permit."""
    return Mark("bad", "alert", "Missing")


def _why_lapsed(permit: models.Permit, now: datetime) -> str:
    district = permit.order.district
    until = permit.holds_until(district)
    if permit.valid_until and permit.valid_until <= now:
        return "The register still calls it live, but its window is over."
    if until is None:
        return "The register names no end, and no life of tickets is set up for the district's state."
    law = f"by the law of {district.state.name}" if district.state else ""
    return f"Its life is over {law}." if until <= now else f"Work on it had to begin earlier {law}."
