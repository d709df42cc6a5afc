"""A score in a dispatcher's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.engine.rules import scoring
from assignments.presenters.review import effects
from tests.factories import at

HOUR = 60


def _order(**fields: Any) -> models.WorkOrder:
    return models.WorkOrder(number="WO-1", customers_out=1200, **fields)


def _outcome(name: str = "Line 3", starts: str = "10:00", **minutes: float) -> effects.CrewOutcome:
    parts = {code: {"code": code, "label": code, "value": -1, "amount": n, "detail": ""} for code, n in minutes.items()}
    return effects.CrewOutcome(name, at(starts), at(starts) + timedelta(hours=1), parts)


def _said(found: tuple[effects.ScoreEffect, ...]) -> str:
    return effects.sentence(found).replace("\xa0", " ")


def test_a_crew_by_itself():
    one = _outcome(travel=18, overtime=2 * HOUR, spare=1, tentative=1)

    assert [effect.text.replace("\xa0", " ") for effect in effects.of(one, _order(), back="11:00")] == [
        "1,200 customers back by 11:00", "18 min more driving", "2 h overtime", "leaves scarce skills idle",
        "waits for a permit",
    ]  # fmt: skip


def test_a_crew_beside_another():
    one, other = _outcome(travel=38), _outcome(starts="10:40", travel=20, overtime=30)
    said = "1,200 customers back 40 min sooner, 18 min more driving, 30 min less overtime"

    assert _said(effects.than(one, other, _order())) == said
    tones = [effect.tone for effect in effects.than(one, other, _order())]
    assert tones == ["ok", "bad", "ok"]
    assert _said(effects.than(other, one, _order())).startswith(
        "1,200 customers back 40 min later, 18 min less driving"
    )


def test_where_nobody_is_out_the_start_is_told():
    quiet = models.WorkOrder(number="WO-2")
    assert _said(effects.than(_outcome(), _outcome(starts="11:00"), quiet)) == "begins 1 h sooner"
    assert _said(effects.than(_outcome(), _outcome(), quiet)) == "begins at the same time"


def test_being_late_is_told_against_the_due_time():
    order = _order(due_at=at("10:30"))
    assert "done 30 min after it is due" in _said(effects.of(_outcome(), order))
    in_time, late = _outcome(starts="09:00"), _outcome(starts="10:20")
    assert _said(effects.than(late, in_time, order)).endswith("later, late by 50 min")
    assert _said(effects.than(in_time, late, order)).endswith("sooner, in time")
    assert _said(effects.than(late, _outcome(), order)) == "1,200 customers back 20 min later"


def test_points_of_an_older_run_are_turned_into_minutes():
    assert effects.amount({"code": "overtime", "value": -90}) == 30
    assert effects.amount({"code": "gone", "value": -90}) == 0


def test_a_part_of_a_utilitys_own_is_told_by_its_name():
    own = {"drill": {"code": "drill", "label": "Trains an apprentice", "value": 5, "detail": "yes"}}
    one = effects.CrewOutcome("Line 3", at("10:00"), at("11:00"), own)
    assert _said(effects.of(one, models.WorkOrder())) == "no added driving, trains an apprentice: yes"


@pytest.mark.parametrize("code", sorted(scoring.SOFT))
def test_no_part_of_the_register_is_told_in_points(code):
    rule = scoring.SOFT[code]
    kept = {"code": code, "label": rule.name, "value": -30, "amount": 30.0, "detail": f"30 {rule.unit}"}
    one = effects.CrewOutcome("Line 3", at("10:00"), at("11:00"), {code: kept})

    said = _said(effects.of(one, _order(), back="11:00")).lower()
    assert not any(word in said for word in ("point", "weighted", "rarity", "score"))
