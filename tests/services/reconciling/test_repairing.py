"""A book that differs is told the same once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import revoking
from assignments.services.reconciling import repairing
from assignments.services.records import auditing, refusals
from tests.factories import NOW
from tests.services.reconciling.workforce import HOUR, SOON, Workforce, compare, differing, spoil, work

pytestmark = pytest.mark.django_db


class TestRepairing:
    @pytest.fixture
    def spoilt(self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any) -> models.BookComparison:
        spoil(workforce, crews, told)
        return compare(target, mara)

    def ask(self, comparison: models.BookComparison, by: Any) -> int:
        district = models.District.objects.get(code="NORTH")
        return repairing.ask(comparison=comparison, district=district, by=by, now=SOON)

    def test_the_book_is_ours_again_and_what_is_foreign_stays(
        self, spoilt: Any, target: Any, mara: Any, jonas: Any, workforce: Workforce, crews: Any
    ) -> None:
        assert self.ask(spoilt, mara) == 2
        with pytest.raises(repairing.NothingToRepair):
            self.ask(spoilt, jonas)
        assert [repairing.go_on(now=SOON) for _ in range(2)] == [2, 0]

        rows = models.WriteBack.objects.filter(repair=1).order_by("pk")
        assert [(row.action, row.payload["order"], row.sequence) for row in rows] == [
            ("ASSIGN", "WO-2", 2), ("ASSIGN", "WO-1", 2),
        ]  # fmt: skip
        assert compare(target, mara).waiting == 2
        work(SOON)
        later = compare(target, mara, SOON + timedelta(minutes=5))
        assert differing(later) == [("FOREIGN", "WO-3", "", "Line 3")]
        assert workforce.entries() == sorted(
            [(str(crew.pk), f"WO-{n}") for n, crew in enumerate(crews, start=1)] + [(str(crews[2].pk), "WO-3")]
        )
        entry = models.AuditEntry.objects.filter(verb="write-back.repeated").earliest("pk")
        assert (entry.actor, entry.reason) == (mara, "Otherwise there in the book of Workforce")
        assert entry.before["theirs"]["period"] == HOUR

    def test_what_was_taken_back_is_taken_away_there(
        self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any
    ) -> None:
        [entry] = workforce.calendar(crews[0])
        revoking.revoke(assignment=told[0], reason="Storm", by=mara, now=NOW)
        work()
        workforce.has(crews[1], *workforce.calendar(crews[1]), {**entry, "crew": str(crews[1].pk)})

        self.ask(compare(target, mara), mara)
        repairing.go_on(now=SOON)
        work(SOON)

        assert workforce.entries() == [(str(crews[1].pk), "WO-2"), (str(crews[2].pk), "WO-3")]
        assert differing(compare(target, mara, SOON + timedelta(minutes=5))) == []

    def test_what_is_decided_meanwhile_is_left(self, spoilt: Any, told: Any, mara: Any) -> None:
        self.ask(spoilt, mara)
        revoking.revoke(assignment=told[0], reason="Storm", by=mara, now=SOON)

        repairing.go_on(now=SOON)

        assert spoilt.differences.get(kind="MISSING").left_because == "It was told something since"
        assert models.WriteBack.objects.filter(repair=1).count() == 1

    def test_a_repaired_decision_can_be_taken_back_by_one_revocation(
        self, spoilt: Any, told: Any, mara: Any, workforce: Workforce
    ) -> None:
        self.ask(spoilt, mara)
        repairing.go_on(now=SOON)
        work(SOON)

        revoking.revoke(assignment=told[0], reason="Storm", by=mara, now=SOON)
        work(SOON)

        assert models.WriteBack.objects.filter(assignment=told[0], action="REVOKE").count() == 1
        assert "WO-1" not in [order for _, order in workforce.entries()]

    def test_is_for_managers_of_the_district(self, spoilt: Any, elsewhere: Any, vic: Any, stella: Any) -> None:
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                self.ask(spoilt, person)
        with pytest.raises(repairing.NothingToRepair):
            repairing.ask(comparison=spoilt, district=elsewhere, by=stella, now=SOON)

    def test_nothing_is_told_that_is_not_recorded(
        self, spoilt: Any, mara: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.ask(spoilt, mara)

        def fails(**_: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(auditing, "record", fails)
        with pytest.raises(RuntimeError):
            repairing.go_on(now=SOON)

        assert not models.WriteBack.objects.filter(repair=1).exists()
