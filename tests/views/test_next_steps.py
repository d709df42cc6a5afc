"""Every refusal of a decision leads somewhere: to the order, to who was first, or to what may be done instead."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services.snapshots import snapshotting
from tests import factories

JSON = {"Accept": "application/json"}


@pytest.fixture
def assignment(order: models.WorkOrder) -> models.Assignment:
    crew = factories.CrewFactory(district=order.district, name="Line 1")
    return factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew), approved_at=factories.NOW)


def test_who_comes_second_is_led_to_the_order_and_its_history(
    manager: Client, suggestion: models.Suggestion, assignment: models.Assignment
) -> None:
    page = manager.post(f"/suggestions/{suggestion.pk}/approve/").content.decode()

    assert 'href="/orders/WO-1/"' in page
    assert 'href="/orders/WO-1/#history-title"' in page


def test_a_stale_suggestion_leads_to_the_other_crews_and_to_a_new_run(
    manager: Client, suggestion: models.Suggestion
) -> None:
    models.Suggestion.objects.update(fingerprint="of another day")

    page = manager.post(f"/suggestions/{suggestion.pk}/approve/").content.decode()

    assert 'href="/orders/WO-1/">Other crews for WO-1' in page
    assert 'action="/runs/"' in page
    assert f'name="day" value="{suggestion.run.day}"' in page


def test_a_pending_permit_offers_a_tentative_approval_that_works(manager: Client, suggestion: Any) -> None:
    order = suggestion.order
    factories.PermitFactory(order=order, kind="EXCAVATION", status="REQUESTED")
    models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
    order.refresh_from_db()
    fingerprint = snapshotting.fingerprint_of(order=order, shift=suggestion.shift, now=factories.NOW)
    models.Suggestion.objects.update(fingerprint=fingerprint)

    refused = manager.post(f"/suggestions/{suggestion.pk}/approve/", headers=JSON)

    assert refused.json()["code"] == "only-tentative"
    step = refused.json()["steps"][0]
    assert manager.post(step["url"], step["fields"]).status_code == 303
    assert models.Assignment.objects.get().status == "TENTATIVE"


def test_a_pinned_job_offers_to_unpin_it(manager: Client, assignment: models.Assignment) -> None:
    models.Assignment.objects.update(pinned=True)

    step = manager.get(f"/assignments/{assignment.pk}/move/", headers=JSON).json()["steps"][0]

    assert step["label"] == "Unpin WO-1"
    assert manager.post(step["url"]).status_code == 303


@pytest.mark.parametrize("path", ["undo", "move", "pin", "unpin"])
def test_a_decision_that_is_gone_leads_to_who_took_it_back(
    manager: Client, assignment: models.Assignment, jonas: Any, path: str
) -> None:
    models.Assignment.objects.filter(pk=assignment.pk).transition("REVOKED", revoked_by=jonas, revoked_at=factories.NOW)
    place = {"crew": assignment.crew_id, "start": "2026-06-15T08:00", "version": 1}

    answer = manager.post(f"/assignments/{assignment.pk}/{path}/", place, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (409, "assignment-not-live")
    assert "Jonas Okafor" in answer.json()["sentence"]
    assert "See who decided what" in [step["label"] for step in answer.json()["steps"]]


@pytest.mark.parametrize("path", ["undo", "revoke", "move"])
def test_a_crew_on_its_way_leads_to_the_order(manager: Client, assignment: models.Assignment, path: str) -> None:
    models.Assignment.objects.filter(pk=assignment.pk).transition("DISPATCHED")
    said = {"reason": "Storm", "crew": assignment.crew_id, "start": "2026-06-15T08:00", "version": 1}

    answer = manager.post(f"/assignments/{assignment.pk}/{path}/", said, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (409, "crew-dispatched")
    assert [step["url"] for step in answer.json()["steps"]] == ["/orders/WO-1/"]


def steps(answer: Any) -> list[tuple[str, str]]:
    """Next steps that the page offers beside the refusal: target and text of each."""
    return [(step.url, step.label) for step in answer.context["steps"]]


def buttons(answer: Any) -> str:
    return str(answer.content.decode()).split('class="next-steps"', 1)[1].split("</section>", 1)[0]


class TestMoving:
    def test_a_broken_rule_leads_to_the_other_crews_and_to_a_new_run(
        self, manager: Client, assignment: models.Assignment
    ) -> None:
        alone = factories.CrewFactory(district=assignment.order.district, staff__members=1)
        factories.ShiftFactory(crew=alone)
        place = {"crew": alone.pk, "start": "2026-06-15T10:00", "version": assignment.order.version}

        page = manager.post(f"/assignments/{assignment.pk}/move/", place)

        assert page.status_code == 409
        assert steps(page) == [("/orders/WO-1/", "Other crews for WO-1"), ("/runs/", "Suggest again")]
        assert 'name="day" value="2026-06-15"' in buttons(page)

    def test_a_pending_permit_offers_to_move_tentatively(self, manager: Client, assignment: models.Assignment) -> None:
        factories.PermitFactory(order=assignment.order, kind="EXCAVATION", status="REQUESTED")
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        place = {"crew": assignment.crew_id, "start": "2026-06-15T10:00", "version": assignment.order.version}
        address = f"/assignments/{assignment.pk}/move/"

        page = manager.post(address, place)

        assert page.status_code == 409
        assert 'form="move-form" name="tentative" value="on"' in buttons(page)
        assert steps(page) == [("/orders/WO-1/#permits-title", "Permits of WO-1")]
        assert manager.post(address, place | {"tentative": "on"}).status_code == 303


class TestEmergencies:
    @pytest.mark.parametrize(("priority", "code"), [(2, "not-an-emergency"), (0, "order-taken")])
    def test_what_is_none_leads_to_its_own_crews_and_what_is_taken_to_who_took_it(
        self, manager: Client, assignment: models.Assignment, priority: int, code: str
    ) -> None:
        models.WorkOrder.objects.update(priority=priority)
        if code == "not-an-emergency":
            models.Assignment.objects.all().delete()

        page = manager.get("/orders/WO-1/emergency/")

        assert page.status_code == 409
        assert steps(page) == {
            "not-an-emergency": [("/orders/WO-1/", "Other crews for WO-1")],
            "order-taken": [
                ("/orders/WO-1/", "Show WO-1"), ("/orders/WO-1/#history-title", "See who decided what"),
            ],
        }[code]  # fmt: skip

    def test_a_choice_that_has_changed_leads_to_all_crews(self, manager: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.update(priority=0)
        crew = factories.CrewFactory(district=order.district)
        shift = factories.ShiftFactory(crew=crew)

        page = manager.post(f"/orders/WO-1/emergency/{shift.pk}/", {"fingerprint": "0"})

        assert page.status_code == 409
        assert steps(page)[0] == ("/orders/WO-1/emergency/", "All crews")
        assert 'href="/orders/WO-1/emergency/">All crews' in buttons(page)


class TestOverriding:
    @pytest.fixture
    def address(self, suggestion: models.Suggestion) -> str:
        """Of Trouble 7, one person short for WO-1."""
        models.WorkOrder.objects.update(crew_size=3)
        return f"/orders/WO-1/override/{suggestion.shift_id}/"

    def test_what_has_changed_leads_to_the_other_crews(self, manager: Client, address: str) -> None:
        hidden = manager.get(address).context["hidden"].initial

        page = manager.post(address, hidden | {"code": "HELP_ON_SITE", "fingerprint": "0"})

        assert (page.status_code, steps(page)[0]) == (409, ("/orders/WO-1/", "Other crews for WO-1"))
        assert 'href="/orders/WO-1/">Other crews for WO-1' in buttons(page)

    def test_nothing_to_override_leads_to_a_run_of_that_day(self, manager: Client, address: str) -> None:
        models.WorkOrder.objects.update(crew_size=1)
        hidden = manager.get(address).context["hidden"].initial

        answer = manager.post(
            address, hidden | {"code": "HELP_ON_SITE", "rule": ["crew-size"]}, headers=JSON
        ).json()  # fmt: skip

        assert answer["code"] == "nothing-to-override"
        assert answer["steps"][0]["fields"] == {"district": "NORTH", "day": "2026-06-15"}

    def test_a_pending_permit_offers_to_override_tentatively(self, manager: Client, address: str) -> None:
        order = models.WorkOrder.objects.get()
        factories.PermitFactory(order=order, kind="EXCAVATION", status="REQUESTED")
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        said = manager.get(address).context["hidden"].initial | {"code": "HELP_ON_SITE"}

        page = manager.post(address, said)

        assert page.context["refusal"].code == "only-tentative"
        assert 'form="override-form" name="tentative" value="on"' in buttons(page)
        assert manager.post(address, said | {"tentative": "on"}).status_code == 303

    def test_who_comes_second_is_led_to_who_was_first(self, manager: Client, address: str) -> None:
        said = manager.get(address).context["hidden"].initial | {"code": "DANGER"}
        factories.AssignmentFactory(order=models.WorkOrder.objects.get(number="WO-1"))

        page = manager.post(address, said)

        assert (page.status_code, page.context["code"]) == (409, "order-taken")
        assert ("/orders/WO-1/#history-title", "See who decided what") in steps(page)


def test_a_viewer_is_told_whom_to_ask(viewer: Client, suggestion: models.Suggestion, mara: Any, jonas: Any) -> None:
    answer = viewer.post(f"/suggestions/{suggestion.pk}/approve/", headers=JSON)

    assert answer.status_code == 403
    assert answer.json()["next_step"] == "Ask Mara Lindqvist or Jonas Okafor, or an administrator to make you one."
