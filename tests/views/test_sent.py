"""The lines of /districts/<code>/write-backs/: one for each decision, with every system that was told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from assignments import models
from tests import factories
from tests.factories import NOW
from tests.views.told import SENT, found, systems, told


class TestRows:
    def test_what_needs_a_person_comes_first(self, manager: Client, district: models.District) -> None:
        for number, status in enumerate(["COMPENSATED", "ACKNOWLEDGED", "SENDING", "PENDING", "FAILED", "DEAD"]):
            told(district, f"WO-{number}", status, created_at=NOW - timedelta(minutes=number))

        assert [word for _, word in found(manager.get(SENT))] == [
            "failed, needs you", "failed, will retry", "sending", "pending", "received", "taken back",
        ]  # fmt: skip

    def test_what_is_settled_leaves_after_thirty_days_and_what_is_not_stays(
        self, manager: Client, district: models.District
    ) -> None:
        long_ago = NOW - timedelta(days=30, seconds=1)
        told(district, "OLD", "ACKNOWLEDGED", created_at=long_ago)
        told(district, "STUCK", "DEAD", created_at=long_ago)
        told(district, "NEW", "ACKNOWLEDGED", created_at=NOW - timedelta(days=30))

        assert [number for number, _ in found(manager.get(SENT))] == ["STUCK", "NEW"]

    def test_a_decision_is_one_line_with_every_system_in_it(self, manager: Client, district: models.District) -> None:
        told(district, "WO-1", "ACKNOWLEDGED")
        told(district, "WO-1", "ACKNOWLEDGED", target="permits")
        told(district, "WO-1", "FAILED", target="permits", action="CONFIRM", last_error="answered 503")

        page = manager.get(SENT)

        assert systems(page) == [("Permits and outages", "failed, will retry"), ("Work management", "received")]
        assert found(page) == [("WO-1", "failed, will retry")]
        (line,) = page.context["rows"]
        assert [one.did for one in line.messages] == ["Crew assigned", "Crew assigned", "Now firm"]
        assert "1 decision" in page.content.decode()

    def test_a_line_says_who_decided_what(self, manager: Client, district: models.District, mara: Any) -> None:
        row = told(district, "WO-1", "ACKNOWLEDGED")
        models.Assignment.objects.update(
            status="REVOKED", revoked_by=mara, revoked_at=NOW - timedelta(minutes=3), revoke_reason="Storm"
        )
        factories.WriteBackFactory(assignment=row.assignment, target=row.target, action="REVOKE", status="PENDING")

        (line,) = manager.get(SENT).context["rows"]

        assert (line.decided.word, line.by, line.crew) == ("Undone", "Mara Lindqvist", "Crew of WO-1")
        assert [(one.name, one.mark.word, one.did) for one in line.targets] == [
            ("Work management", "pending", "Taken back")
        ]

    def test_restoration_times_of_an_order_are_one_line(self, manager: Client, district: models.District) -> None:
        order = factories.OrderFactory(district=district, number="WO-1")
        target = factories.DownstreamSystemFactory(code="work")
        for minutes in (5, 1):
            factories.WriteBackFactory(
                assignment=None, order=order, target=target, action="ETR", status="ACKNOWLEDGED",
                created_at=NOW - timedelta(minutes=minutes),
            )  # fmt: skip

        (line,) = manager.get(SENT).context["rows"]

        assert (line.decided.word, line.by, len(line.messages)) == ("Customers back", "", 2)

    def test_a_system_says_what_it_answered(self, manager: Client, district: models.District) -> None:
        told(
            district, "WO-1", "FAILED", attempts=3, last_error="answered <b>503</b>",
            next_attempt_at=NOW + timedelta(minutes=2),
        )  # fmt: skip

        page = manager.get(SENT)

        (line,) = page.context["rows"]
        (system,) = line.targets
        assert (line.crew, system.did, system.trouble) == ("Crew of WO-1", "Crew assigned", "answered <b>503</b>")
        assert (system.when.word, system.when.relative) == ("next attempt", "in 2\xa0min")
        assert line.messages[0].attempts == "3 attempts"
        assert "answered &lt;b&gt;503&lt;/b&gt;" in page.content.decode()

    def test_the_message_itself_is_a_page_away(self, manager: Client, district: models.District) -> None:
        row = told(district, "WO-1", "ACKNOWLEDGED", payload={"order": "WO-1", "crew": "Jürgen <b>"})

        assert f'href="/write-backs/{row.pk}/"' in manager.get(SENT).content.decode()
        page = manager.get(f"/write-backs/{row.pk}/")
        assert page.context["row"].payload == '{\n  "crew": "Jürgen <b>",\n  "order": "WO-1"\n}'
        assert "Jürgen &lt;b&gt;" in page.content.decode()

    def test_a_team_is_named_and_found_by_each_of_its_crews(self, manager: Client, district: models.District) -> None:
        lead = told(district, "WO-1", "DEAD").assignment
        traffic = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Traffic 1"))
        factories.AssignmentFactory(order=lead.order, lead=lead, part=1, shift=traffic)

        (row,) = manager.get(SENT, {"q": "traffic"}).context["rows"]

        assert row.crew == "Crew of WO-1 + Traffic 1"

    def test_an_acknowledged_one_has_its_reference_and_time(self, manager: Client, district: models.District) -> None:
        told(district, "WO-1", "ACKNOWLEDGED", reference="B-17", acknowledged_at=NOW - timedelta(minutes=5))

        (line,) = manager.get(SENT).context["rows"]

        (system,) = line.targets
        assert line.messages[0].reference == "B-17"
        assert (system.when.word, system.when.relative) == ("received", "5\xa0min ago")
        assert system.retry is None

    def test_dead_and_failed_ones_are_sent_again_by_a_press(self, manager: Client, district: models.District) -> None:
        dead = told(district, "WO-1", "DEAD", last_error="answered 503")
        page = manager.get(SENT).content.decode()

        assert f'formaction="/write-backs/{dead.pk}/retry/"' in page
        assert f'href="{SENT}work/dead/"' in page

    def test_an_empty_register_says_what_will_be_there(self, manager: Client, district: models.District) -> None:
        assert "Here you see what it answered" in manager.get(SENT).content.decode()

    def test_pages_hold_fifty_decisions(self, manager: Client, district: models.District) -> None:
        for number in range(51):
            told(district, f"WO-{number}", "DEAD")
            told(district, f"WO-{number}", "ACKNOWLEDGED", target="permits")

        assert len(found(manager.get(SENT))) == 50
        assert len(found(manager.get(SENT, {"page": 2}))) == 1
