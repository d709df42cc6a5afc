"""The checklist of an installation: what is done, what is missing where, and the page that helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from assignments.engine.domain import wording
from assignments.queries.installation import DistrictSetup, Installation


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    title: str
    about: str
    is_done: bool
    missing: str
    """Which districts still lack it."""
    links: tuple[Link, ...]
    """Links that the person may follow."""


def steps(found: Installation, *, person: Any, readable: set[str]) -> list[SetupStep]:
    """In the sequence in which they build on each other; `readable` are the codes of the person's own districts."""

    def lacking(has: Callable[[DistrictSetup], bool]) -> tuple[bool, str]:
        without = [one.name for one in found.districts if not has(one)]
        # Of hundreds of districts nobody reads all names.
        named = wording.listed(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        return bool(found.districts) and not without, named

    boards = tuple(
        Link(f"Board of {one.name}", reverse("assignments:board", args=[one.code]), "board")
        for one in found.districts
        if one.code in readable and not one.run
    )
    filled = lacking(lambda one: one.crew and one.order)[0]
    return [
        SetupStep("Rules", _RULES, found.has_rules, "", _links(person, ("add", "ruleset"))),
        SetupStep("A district", _DISTRICT, bool(found.districts), "", _links(person, ("add", "district"))),
        SetupStep("Assigning managers", _PEOPLE, *lacking(lambda one: one.manager), _links(person, *_PEOPLE_PAGES)),
        SetupStep(
            "Connected systems", _SYSTEMS, found.has_source or filled, "", _links(person, ("add", "downstreamsystem"))
        ),
        SetupStep(
            "Crews and shifts", _CREWS, *lacking(lambda one: one.crew and one.shift), _links(person, *_CREW_PAGES)
        ),
        SetupStep("Work orders", _ORDERS, *lacking(lambda one: one.order), _links(person, *_ORDER_PAGES)),
        SetupStep("The first suggestions", _RUN, *lacking(lambda one: one.run), boards[:3]),
    ]


_RULES = "Rest, overtime and how work is weighed. Every district follows a rule set; a second one may be for storms."
_DISTRICT = (
    "A part of your territory with its own crews: code, name, time zone, service centre and the state whose law holds."
)
_PEOPLE = "A manager assigns, a viewer reads. Administrators too see a district's pages only as its members."
_SYSTEMS = (
    "Work management, workforce and permits: Lineup reads orders, crews and permits there, and writes decisions back. "
    "Without one, import files or let your systems push through the API."
)
_CREWS = "They come with the first run from the workforce system, or from files: qualifications and employees first."
_ORDERS = "They come with the first run from work management, or from a file."
_RUN = "A manager of the district presses Suggest on its board."
_PEOPLE_PAGES = (("add", "user"), ("add", "membership"))
_CREW_PAGES = (
    ("import", "qualification"), ("import", "employee"), ("import", "heldqualification"), ("import", "crew"),
    ("import", "shift"),
)  # fmt: skip
_ORDER_PAGES = (("import", "workorder"), ("import", "permit"))
_NAMES = {
    "ruleset": "rule set",
    "district": "district",
    "user": "person",
    "membership": "membership",
    "downstreamsystem": "system",
    "qualification": "qualifications",
    "employee": "employees",
    "heldqualification": "held qualifications",
    "crew": "crews",
    "shift": "shifts",
    "workorder": "orders",
    "permit": "permits",
}


def _links(person: Any, *pages: tuple[str, str]) -> tuple[Link, ...]:
    found = []
    for action, name in pages:
        app = "auth" if name == "user" else "assignments"
        if person.has_perm(f"{app}.add_{name}"):
            verb, icon = ("Add a", "arrow-up") if action == "add" else ("Import", "upload")
            found.append(Link(f"{verb} {_NAMES[name]}", reverse(f"admin:{app}_{name}_{action}"), icon))
    return tuple(found)
