"""The book of the demonstration's workforce system, over HTTP: compared with what it was told, and repaired."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from assignments import models
from assignments.demo.systems.faults import Faults, Setting
from assignments.demo.systems.routes import Request, SimulatedRoutes
from assignments.demo.systems.store import Store
from assignments.downstream.messages import Resource, System
from assignments.services.decisions import approving, revoking
from assignments.services.reconciling import comparing, repairing
from assignments.services.records import auditing, refusals
from assignments.services.writebacks import writing_off
from tests import factories
from tests.downstream.conftest import Answer, Asked, ScriptedSystem
from tests.factories import NOW
from tests.services.writebacks import calls

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
"""When what was told has settled."""
HOUR = {"start": "2026-06-15T20:00:00Z", "end": "2026-06-15T21:00:00Z"}


class Workforce:
    """Its calendars, which tests spoil behind Lineup's back."""

    def __init__(self, path: Path, served: ScriptedSystem) -> None:
        self.store = Store(path)
        faults = Faults(Setting(), seed=1, stop=threading.Event())
        self._routes = SimulatedRoutes(System.WORKFORCE, self.store, faults)
        self.served = served
        served.respond = self._answer

    def employs(self, *crews: models.Crew) -> None:
        with self.store.transaction():
            self.store._db.execute("INSERT OR IGNORE INTO versions VALUES (?, 1)", (Resource.CREWS,))
        for crew in crews:
            self.store.put(Resource.CREWS, {"reference": str(crew.pk)})

    def entries(self) -> list[tuple[str, str]]:
        """Crew and order of each."""
        crews = self.store.all(Resource.CREWS)
        return sorted((crew["reference"], one["order"]) for crew in crews for one in crew.get("calendar", []))

    def has(self, crew: models.Crew, *calendar: dict[str, Any]) -> None:
        self.store.put(Resource.CREWS, {"reference": str(crew.pk), "calendar": list(calendar)})

    def calendar(self, crew: models.Crew) -> list[dict[str, Any]]:
        found = self.store.get(Resource.CREWS, str(crew.pk)) or {}
        return list(found.get("calendar", []))

    def _answer(self, asked: Asked) -> Answer:
        query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in asked.query.items())
        body = json.dumps(asked.body).encode()
        answer = self._routes.answer(Request(asked.method, f"{asked.path}?{query}", asked.headers, body))
        return Answer(answer.status, answer.body)


@pytest.fixture(scope="module")
def served() -> Iterator[ScriptedSystem]:
    with ScriptedSystem() as one:
        yield one


@pytest.fixture
def workforce(served: ScriptedSystem, tmp_path: Path) -> Iterator[Workforce]:
    system = Workforce(tmp_path / "workforce.sqlite3", served)
    yield system
    system.store.close()
    served.answers.clear()


@pytest.fixture
def target(workforce: Workforce) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="workforce", base_url=workforce.served.url, timeout_seconds=5)


@pytest.fixture
def crews(district: models.District, workforce: Workforce) -> list[models.Crew]:
    found: list[models.Crew] = [factories.CrewFactory(district=district, name=f"Line {n}") for n in (1, 2, 3)]
    workforce.employs(*found)
    return found


@pytest.fixture
def told(district: Any, target: Any, crews: list[models.Crew], mara: Any) -> list[models.Assignment]:
    """WO-1 to WO-3, by Line 1 to Line 3, which the workforce system has taken."""
    made = [
        approving.approve(
            suggestion=factories.SuggestionFactory(
                order=factories.OrderFactory(district=district, number=f"WO-{n}"),
                shift=factories.ShiftFactory(crew=crew),
            ),
            by=mara,
            now=NOW,
        )
        for n, crew in enumerate(crews, start=1)
    ]
    work()
    return made


def work(now: Any = NOW) -> None:
    """A worker tells all that is due."""
    while rows := calls.claim(now):
        for row in rows:
            calls.deliver(write_back=row, owner=calls.WORKER, now_fn=lambda: now)


def compare(target: Any, by: Any, now: Any = SOON) -> models.Comparison:
    comparing.ask(target=target, district=models.District.objects.get(code="NORTH"), by=by, now=now)
    claimed = comparing.claim(owner="worker", now=now)
    assert claimed is not None
    return comparing.compare(comparison=claimed, owner="worker", now_fn=lambda: now)


def differing(comparison: models.Comparison) -> list[tuple[str, str, str, str]]:
    rows = comparison.differences.select_related("order").order_by("kind", "pk")
    return [(one.kind, one.order.number if one.order else "", one.crews, one.their_crews) for one in rows]


def spoil(workforce: Workforce, crews: list[models.Crew], told: list[models.Assignment]) -> None:
    """Line 1's booking is gone, Line 2's has another hour, Line 3's is with nobody and a foreign one stands there."""
    [second] = workforce.calendar(crews[1])
    workforce.has(crews[0])
    workforce.has(crews[1], {**second, "period": HOUR})
    foreign = {"assignment": "SAP-17", "order": "WO-3", "crew": str(crews[2].pk), "period": HOUR, "tentative": False}
    workforce.has(crews[2], *workforce.calendar(crews[2]), foreign)


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


class TestRepairing:
    @pytest.fixture
    def spoilt(self, told: Any, target: Any, mara: Any, workforce: Workforce, crews: Any) -> models.Comparison:
        spoil(workforce, crews, told)
        return compare(target, mara)

    def ask(self, comparison: models.Comparison, by: Any) -> int:
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


class TestTheCommand:
    def run(self, capsys: Any, *args: str) -> tuple[int, str]:
        code = 0
        try:
            call_command("reconcile", *args)
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, capsys.readouterr().out

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: SOON)

    def test_prints_what_differs_and_repairs_it(
        self, told: Any, target: Any, workforce: Workforce, crews: Any, capsys: Any
    ) -> None:
        assert self.run(capsys)[0] == 0
        spoil(workforce, crews, told)

        code, said = self.run(capsys, "workforce", "--repair")

        assert code == 1
        assert said.splitlines()[0] == "Workforce: 3 bookings in its book, 1 as it was told."
        assert "    missing there: WO-1, here Line 1, Mon 15 Jun 08:00–09:00" in said
        assert said.splitlines()[-1] == "  Told again: 2, by a worker. Left alone: 1."
        self.run(capsys, "--repair")
        assert models.WriteBack.objects.filter(repair__gt=0).count() == 2

    def test_a_book_that_cannot_be_read_is_another_code(self, target: Any, served: ScriptedSystem, capsys: Any) -> None:
        served.respond = lambda asked: Answer(403)
        assert self.run(capsys) == (2, "Workforce: answered 403.\n")

        served.respond = lambda asked: Answer(404)
        assert self.run(capsys) == (0, "Workforce: answers 404 when its bookings are asked for.\n")
