"""A mapped system that was restored from a copy is recognised by what it does not know any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assignments.downstream import seam
from assignments.downstream.adapters.mapped import witnesses
from tests.downstream.conftest import Answer, Asked, ScriptedSystem
from tests.downstream.mapped import SKILL, names, read

BY_VERSION = {"changed_since": {"param": "above", "format": "version"}}
Skills = dict[str, int]
"""Version by code."""


def serving(system: ScriptedSystem, skills: Skills, hidden: bool = False) -> list[int | None]:
    """Answers with the skills above the version that is asked for, or with none of them; what was asked for."""
    asked_above: list[int | None] = []

    def respond(asked: Asked) -> Answer:
        above = int(asked.query["above"]) if "above" in asked.query else None
        asked_above.append(above)
        found = [(code, rev) for code, rev in sorted(skills.items()) if above is None or (rev > above and not hidden)]
        return Answer(body={"rows": [{"code": code, "label": "Skill", "rev": rev} for code, rev in found]})

    system.respond = respond
    return asked_above


@pytest.fixture
def passing(system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[seam.Chunk]]:
    """Makes a pass each time, an hour after the one before unless it is `soon`."""
    mark: seam.Mark = {}

    def follow(*, soon: bool = False, **how: Any) -> list[seam.Chunk]:
        if not soon:
            monkeypatch.setattr(witnesses, "SELDOM", -1)
        found = read(system, mark=mark, how=how or BY_VERSION)
        monkeypatch.undo()
        mark.clear()
        mark.update(found[-1].mark)
        return found

    return follow


def test_the_newest_record_comes_again_each_time(system: ScriptedSystem, passing: Any) -> None:
    asked = serving(system, {"A": 3, "B": 7})

    found = [names(passing()) for _ in range(3)]

    assert (asked, found) == ([None, 6, 6], [["A", "B"], ["B"], ["B"]])


@pytest.mark.parametrize("later", [{}, {"C": 12}], ids=["as it was", "with a change since"])
def test_everything_is_read_and_taken_once_it_does_not(system: ScriptedSystem, passing: Any, later: Skills) -> None:
    serving(system, {"A": 3, "B": 7})
    passing()
    serving(system, {"A": 2, "B": 5} | later)

    missed, [anew], after = passing(), passing(), passing()

    assert names(missed) == list(later)
    assert (anew.takes_all, anew.is_whole, anew.ends_missing, anew.doubted is not None) == (True, True, True, True)
    assert names([anew]) == ["A", "B", *later]
    assert (after[0].takes_all, after[0].doubted) == (False, None)


def test_a_record_that_was_only_deleted_costs_one_reading_an_hour(system: ScriptedSystem, passing: Any) -> None:
    skills = {f"Q{number}": number for number in range(1, 9)}
    asked = serving(system, skills)
    passing()

    for number in range(8, 1, -1):
        del skills[f"Q{number}"]
        passing(soon=True)

    assert asked.count(None) == 2


def test_what_never_brings_it_is_no_sign(system: ScriptedSystem, passing: Any) -> None:
    asked = serving(system, {"A": 3, "B": 7}, hidden=True)

    for _ in range(6):
        passing()

    assert asked.count(None) == 2


def test_a_witness_that_is_refused_is_there(system: ScriptedSystem, passing: Any) -> None:
    system.respond = lambda asked: Answer(body={"rows": [{"code": "A", "label": "Skill", "rev": 7}]})
    passing()
    system.respond = lambda asked: Answer(body={"rows": [{"code": "A", "label": None, "rev": 8}]})

    assert [passing()[0].takes_all for _ in range(3)] == [False] * 3


def test_many_of_one_moment_do_not_come_again_for_ever(
    system: ScriptedSystem, passing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serving(system, {f"Q{number}": 7 for number in range(witnesses.MOST + 1)})

    for _ in range(4):
        passing()

    assert asked == [None, 6, 7, 7]


def test_a_list_of_all_is_taken_as_it_is_once_it_went_back(system: ScriptedSystem, passing: Any) -> None:
    serving(system, {"A": 3, "B": 7})
    passing(complete="full")
    serving(system, {"A": 2, "B": 5})

    found = [passing(complete="full")[0] for _ in range(3)]

    assert [(one.takes_all, one.doubted is not None) for one in found] == [(False, False), (True, True), (False, False)]


def test_without_versions_nothing_is_looked_for(system: ScriptedSystem, passing: Any) -> None:
    how = {**BY_VERSION, "columns": {name: path for name, path in SKILL.items() if name != "version"}}
    asked = serving(system, {"A": 3})
    passing(**how)
    serving(system, {})

    assert [passing(**how)[0].takes_all for _ in range(3)] == [False] * 3
    assert asked == [None]


def test_what_changes_on_a_page_that_was_read_comes_next_time(system: ScriptedSystem) -> None:
    paging = {"type": "page", "size": 1}
    skills = {"A": 1, "B": 2}

    def respond(asked: Asked) -> Answer:
        above, page = int(asked.query.get("above", 0)), int(asked.query["page"])
        found = [(code, rev) for code, rev in sorted(skills.items()) if rev > above][page - 1 : page]
        if len(system.asked) == 1:
            # A is changed behind the reader, then B before it.
            skills.update(A=3, B=4)
        return Answer(body={"rows": [{"code": code, "label": "Skill", "rev": rev} for code, rev in found]})

    system.respond = respond
    first = read(system, how={**BY_VERSION, "paging": paging})
    second = read(system, mark=first[-1].mark, how={**BY_VERSION, "paging": paging})

    versions = [
        [(record.reference, record.version) for chunk in found for record in chunk.records] for found in (first, second)
    ]
    assert versions[0] == [("A", 1), ("B", 4)]
    assert ("A", 3) in versions[1]
