"""The book of the workforce system beside what it was told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import pinning, revoking
from assignments.services.reconciling import comparing, repairing
from assignments.services.records import refusals
from assignments.services.writebacks import writing_off
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.factories import NOW
from tests.services.reconciling.workforce import HOUR, SOON, Workforce, compare, differing, spoil, work

pytestmark = pytest.mark.django_db


class TestComparing:
    def test_a_book_as_it_was_told_has_no_differences(self, told: Any, target: Any, mara: Any) -> None:
        ended = compare(target, mara)

        assert (ended.status, ended.entries, ended.agreed, differing(ended)) == ("DONE", 3, 3, [])
        assert models.AuditEntry.objects.get(verb="system.compared").actor == mara

    def test_says_what_is_missing_otherwise_and_foreign(
        self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any
    ) -> None:
        spoil(workforce, crews, told)

        ended = compare(target, mara)

        assert differing(ended) == [
            ("FOREIGN", "WO-3", "", "Line 3"),
            ("MISSING", "WO-1", "Line 1", ""),
            ("OTHER", "WO-2", "Line 2", "Line 2"),
        ]
        assert ended.agreed == 1

    def test_what_was_taken_back_and_still_stands(
        self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any
    ) -> None:
        [entry] = workforce.calendar(crews[0])
        revoking.revoke(assignment=told[0], reason="Storm", by=mara, now=NOW)
        work()
        workforce.has(crews[0], entry)

        assert differing(compare(target, mara)) == [("LEFT_OVER", "WO-1", "Line 1", "Line 1")]

    def test_what_is_on_its_way_is_no_difference(self, told: Any, target: Any, mara: Any, workforce: Workforce) -> None:
        before = workforce.calendar(told[0].crew)
        revoking.revoke(assignment=told[0], reason="Storm", by=mara, now=SOON)

        waits = compare(target, mara)
        work(SOON)
        # Its book was read from a copy, and the revocation was taken meanwhile.
        workforce.has(told[0].crew, *before)
        just_now = compare(target, mara, SOON + timedelta(seconds=30))

        assert [(one.waiting, one.agreed, differing(one)) for one in (waits, just_now)] == [(1, 2, []), (1, 2, [])]

    def test_what_was_refused_or_written_off_is_known(
        self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any, district: Any
    ) -> None:
        spoil(workforce, crews, told)
        rows = models.WriteBack.objects.filter(assignment__in=told[:2])
        rows.update(status="DEAD", acknowledged_at=None)
        writing_off.write_off(
            district=district, ids=[rows.order_by("pk")[0].pk], reason="By hand", by=mara, now=NOW
        )  # fmt: skip

        ended = compare(target, mara)

        assert (ended.untaken, differing(ended)) == (2, [("FOREIGN", "WO-3", "", "Line 3")])

    def test_a_pin_that_was_refused_hides_no_lost_booking(
        self, told: Any, target: Any, mara: Any, workforce: Workforce
    ) -> None:
        pinning.pin(assignment=told[0], by=mara, now=NOW)
        models.WriteBack.objects.filter(action="PIN").update(status="DEAD")
        models.WriteBackLane.objects.all().delete()
        workforce.has(told[0].crew)

        ended = compare(target, mara, SOON + timedelta(minutes=5))
        repairing.ask(comparison=ended, district=told[0].order.district, by=mara, now=SOON)
        repairing.go_on(now=SOON)

        assert (ended.untaken, differing(ended)) == (0, [("MISSING", "WO-1", "Line 1", "")])
        assert models.Difference.objects.get().write_back is not None

    @pytest.mark.parametrize(
        "odd",
        [
            {"order": "WO-\x00", "crew": "C-\x00"},
            {"order": "WO-\ud800", "crew": "\ud800"},
            {"order": "x" * 5000, "crew": "y" * 5000, "assignment": "z" * 5000},
            {"crew": "C", "further_crews": ["y" * 100] * 100},
            {"crew": 7, "order": 7, "assignment": 7, "part": 2**70},
            {"crew": "C", "part": 2**40},
            {"crew": "C", "period": {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-06:00"}},
        ],
        ids=["nuls", "half characters", "too long", "many crews", "numbers", "a part beyond columns", "always"],
    )
    def test_an_odd_booking_of_its_own_spoils_no_comparison(
        self, told: Any, target: Any, mara: Any, served: ScriptedSystem, odd: dict[str, Any]
    ) -> None:
        period = {"start": NOW.isoformat(), "end": (NOW + timedelta(days=1)).isoformat()}
        served.respond = lambda asked: Answer(raw=json.dumps({"items": [{"period": period, **odd}]}).encode())

        ended = compare(target, mara)

        assert (ended.status, ended.entries) == ("DONE", 1)
        assert {one.kind for one in ended.differences.all()} <= {"MISSING", "FOREIGN"}

    @pytest.mark.parametrize("status", [404, 405, 501])
    def test_a_system_without_a_book_is_said_so(
        self, target: Any, mara: Any, served: ScriptedSystem, status: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("assignments.downstream.client.ATTEMPTS", 1)
        served.respond = lambda asked: Answer(status, {"detail": "No such thing."})

        ended = compare(target, mara)

        assert (ended.status, ended.error) == ("NOT_SERVED", f"answers {status} when its bookings are asked for")

    def test_what_cannot_be_read_leaves_what_was_known(
        self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any, served: ScriptedSystem
    ) -> None:
        spoil(workforce, crews, told)
        known = compare(target, mara)
        served.respond = lambda asked: Answer(403, {"detail": "No entry."})

        failed = compare(target, mara, SOON + timedelta(hours=1))

        assert (failed.status, failed.error) == ("FAILED", "answered 403: No entry.")
        assert set(target.comparisons.values_list("pk", flat=True)) == {known.pk, failed.pk}

    def test_pages_follow_each_other_to_the_end_and_a_bad_entry_spoils_no_other(
        self, target: Any, mara: Any, served: ScriptedSystem
    ) -> None:
        one = {"assignment": "X", "order": "Z-1", "crew": 7, "period": HOUR}
        served.answer(Answer(200, {"items": [one], "next": "a"}), Answer(200, {"items": [{"crew": "?"}, one]}))

        ended = compare(target, mara)

        assert (ended.entries, ended.unreadable, ended.error) == (3, 1, "booking 2: period: Field required")
        assert differing(ended) == [("FOREIGN", "", "", "7")] * 2
        assert served.asked[-1].query["page"] == "a"
        served.answer(*(Answer(200, {"items": [], "next": "a"}) for _ in range(2)))
        assert compare(target, mara).error == "names page a as the one after itself"

    def test_is_for_managers_and_one_at_a_time(self, target: Any, mara: Any, jonas: Any, vic: Any, stella: Any) -> None:
        district = models.District.objects.get(code="NORTH")
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                comparing.ask(target=target, district=district, by=person, now=NOW)
        first = comparing.ask(target=target, district=district, by=mara, now=NOW)

        assert comparing.ask(target=target, district=district, by=jonas, now=NOW) == first
        assert comparing.claim(owner="one", now=NOW) == first
        assert comparing.claim(owner="two", now=NOW) is None
        assert comparing.claim(owner="two", now=NOW + comparing.LASTS) == first

    def test_a_disabled_system_is_not_asked(self, target: Any, mara: Any, district: Any) -> None:
        target.enabled = False

        with pytest.raises(comparing.NotATarget):
            comparing.ask(target=target, district=district, by=mara, now=NOW)
