"""A suggestion goes stale when what it rests on changes, and only then."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from assignments.engine.domain import fingerprint
from assignments.engine.domain.problem import FOREVER, Binding, PermitState, Prerequisite, RuleData, Window
from tests import builders

EPOCH = 1_800_000_000


def _of(job=None, shift=None, rules=None, epoch=EPOCH):
    return fingerprint.fingerprint(
        job or builders.a_job(), shift or builders.a_shift(), rules or RuleData(), epoch=epoch
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": 2 * builders.HOUR},
        {"needs": ()},
        {"permits": (builders.a_permit(),)},
        {"appointment": Window(0, builders.HOUR)},
        {"energised": True},
        {"materials_at": None},
    ],
)
def test_a_change_of_the_job_shows(changes):
    assert _of(job=builders.a_job(**changes)) != _of()


def test_a_suspended_permit_shows():
    issued = builders.a_job(permits=(builders.a_permit(),))
    suspended = builders.a_job(permits=(builders.a_permit(state=PermitState.DEAD),))

    assert _of(job=issued) != _of(job=suspended)


@pytest.mark.parametrize(
    "changes",
    [
        {"members": (builders.a_member(1),)},
        {"members": (builders.a_member(1), builders.a_member(2, absences=(Window(0, builders.HOUR),)))},
        {"window": Window(7 * builders.HOUR, 16 * builders.HOUR)},
        {"base": builders.NEARBY},
    ],
)
def test_a_change_of_the_shift_shows(changes):
    assert _of(shift=builders.a_shift(**changes)) != _of()


def test_other_approved_work_does_not_show():
    busy = builders.a_shift(commitments=(builders.a_commitment(9, 8 * builders.HOUR, 9 * builders.HOUR),))

    assert _of(shift=busy) == _of()


def test_planning_the_prerequisite_does_not_show():
    waiting = builders.a_job(prerequisites=(Prerequisite(7, "WO-7"),))
    planned = builders.a_job(prerequisites=(Prerequisite(7, "WO-7", done=9 * builders.HOUR),))

    assert _of(job=waiting) == _of(job=planned)


def test_the_crew_of_the_other_parts_shows_for_all_crews_but_itself():
    bound = builders.a_job(bound=Binding(1, "Crew 1", "WO-1.1"))

    assert _of(job=bound, shift=builders.a_shift(1)) == _of(shift=builders.a_shift(1))
    assert _of(job=bound, shift=builders.a_shift(2)) != _of(shift=builders.a_shift(2))


def test_another_horizon_gives_the_same_text():
    later = builders.HOUR
    here = builders.a_job(earliest=9 * builders.HOUR, due=FOREVER, materials_at=-FOREVER)
    there = replace(here, earliest=8 * builders.HOUR)
    day, shifted_day = builders.a_shift(), builders.a_shift(window=Window(6 * builders.HOUR, 14 * builders.HOUR))

    assert _of(job=here, shift=day) == _of(job=there, shift=shifted_day, epoch=EPOCH + later)


def test_the_order_of_members_does_not_show():
    first, second = builders.a_member(1), builders.a_member(2)

    assert _of(shift=builders.a_shift(members=(first, second))) == _of(shift=builders.a_shift(members=(second, first)))


def test_another_process_gives_the_same_text():
    program = "from tests.engine.domain.test_fingerprint import _of; print(_of())"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == _of()
