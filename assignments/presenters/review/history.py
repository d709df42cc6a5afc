"""Audit entries as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.review import override_form
from assignments.presenters.shared import words

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "assignment.approved": ("check", "assigned {crew}"),
    "assignment.overridden": ("override", "assigned {crew} against {rules}"),
    "assignment.reassigned": ("swap", "moved it to {crew}"),
    "assignment.pinned": ("pin", "pinned {crew}"),
    "assignment.unpinned": ("pin", "unpinned {crew}"),
    "assignment.firm": ("check", "made the tentative assignment of {crew} firm"),
    "assignment.revoked": ("undo", "took {crew} off"),
    "suggestion.rejected": ("x", "rejected {crew}"),
    "rejection.taken-back": ("undo", "took back the rejection of {crew}"),
    "rejection.lapsed": ("clock", "let the rejection of {crew} lapse"),
    "restoration.set": ("clock", "set when customers are back"),
    "restoration.taken-back": ("undo", "took back the time that was set for customers"),
    "restoration.lapsed": ("clock", "let the time that was set for customers lapse"),
    "order.split": ("swap", "cut the work into {parts}"),
    "order.put-together": ("link", "put the parts together again"),
    "note.written": ("note", "wrote a note"),
    "note.taken-back": ("undo", "took back a note"),
    "write-back.retried": ("retry", "had a connected system told again"),
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    icon: str
    who: str
    what: str
    reason: str
    at: words.ShownTime


def line(entry: models.AuditEntry, zone: ZoneInfo) -> HistoryLine:
    """The entry; a verb without a sentence of its own is told by its words."""
    icon, sentence = _SENTENCES.get(entry.verb, ("info", entry.verb.replace(".", " ").replace("-", " ")))
    crew = entry.after.get("crew") or entry.before.get("crew") or "a crew"
    lengths = [words.length(minutes) for minutes in entry.after.get("parts", ())]
    rules = wording.listed(override_form.titles(entry.after.get("rules", ())))
    return HistoryLine(
        icon, entry.shown_actor, sentence.format(crew=crew, rules=rules, parts=f"parts of {wording.listed(lengths)}"),
        entry.reason, words.moment(entry.at, zone),
    )  # fmt: skip
