"""POST /runs/ and the page of a run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.streams import rendering
from tests import factories
from tests.views.conftest import one_line

ASKED = {"district": "NORTH", "day": "2026-06-15"}
IMPROVING = {
    "plan": 3, "whole": True, "served_percent": 96.4, "travel_hours": 41.2, "improved_percent": 70,
    "improve_seconds": 10,
}  # fmt: skip


class TestStart:
    def test_a_manager_starts_a_run_and_returns_to_that_day(self, manager: Client, mara: Any) -> None:
        answer = manager.post("/runs/", ASKED)

        assert (answer.status_code, answer.headers["Location"]) == (303, "/districts/NORTH/board/?day=2026-06-15")
        run = models.SuggestionRun.objects.get()
        assert (run.requested_by, run.status) == (mara, "QUEUED")

    def test_a_second_request_joins_the_first(self, manager: Client, jonas: Any) -> None:
        second = Client()
        second.force_login(jonas)
        manager.post("/runs/", ASKED)

        answer = second.post("/runs/", ASKED, headers={"Accept": "application/json"})

        run = models.SuggestionRun.objects.get()
        assert answer.json()["run"] == str(run.pk)
        assert answer.json()["joined"] is True

    def test_a_viewer_is_refused(self, viewer: Client) -> None:
        assert viewer.post("/runs/", ASKED).status_code == 403
        assert not models.SuggestionRun.objects.exists()

    def test_a_stranger_and_nobody_do_not_get_there(self, stranger: Client, anonymous: Client, district: Any) -> None:
        assert stranger.post("/runs/", ASKED).status_code == 404
        assert anonymous.post("/runs/", ASKED).status_code == 302

    def test_nonsense_is_not_found(self, manager: Client) -> None:
        assert manager.post("/runs/", {"district": "NORTH", "day": "monday"}).status_code == 404


class TestPage:
    def test_it_shows_each_source_and_says_which_data_is_old(self, viewer: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(
            district=district, status="PARTIAL", orders_ranked=40, orders_in_plan=31, figures={"served_percent": 88.4}
        )
        for code, status, records, as_of in [
            ("work", "DONE", 1204, factories.NOW),
            ("workforce", "READING", 75, None),
            ("permits", "LATE", 0, factories.NOW - timedelta(minutes=5)),
        ]:
            system = factories.DownstreamSystemFactory(code=code)
            models.SourceProgress.objects.create(
                run=run, system=system, status=status, records=records, data_as_of=as_of
            )

        panel = viewer.get(f"/runs/{run.pk}/").context["run"]

        lines = [(line.name, line.mark.word, line.progress) for line in panel.sources]
        assert ("Work management", "Done", "1,204 records") in lines
        assert ("Workforce", "Reading", "75 records") in lines
        assert panel.notices == ("Permits and outages data from 05:40",)
        assert panel.summary == "Ranked 40 orders, 31 in the plan"
        assert panel.figures == ()

    def test_it_says_how_far_the_routing_server_is(self, viewer: Client, district: models.District) -> None:
        asking = {"drives_asked": 2400, "drives_told": 1200}
        run = factories.SuggestionRunFactory(district=district, status="GATHERING", figures=asking)

        assert viewer.get(f"/runs/{run.pk}/").context["run"].summary == (
            "Asking the routing server: 1,200 of 2,400 drives told"
        )

    def test_it_says_which_travel_is_estimated_and_why(self, viewer: Client, district: models.District) -> None:
        figures = {"drives_estimated": 1312, "routing_error": "could not be reached"}
        run = factories.SuggestionRunFactory(district=district, status="READY", figures=figures)

        panel = viewer.get(f"/runs/{run.pk}/").context["run"]

        assert panel.notices == ("Travel is estimated for 1,312 drives: the routing server could not be reached.",)
        assert panel.figures == ("1,312 drives estimated",)

    def test_it_says_which_plan_it_is_and_how_far_its_improvement_has_come(
        self, viewer: Client, district: models.District
    ) -> None:
        run = factories.SuggestionRunFactory(
            district=district, status="SCORING", orders_total=40, orders_in_plan=31, figures=IMPROVING
        )

        page = viewer.get(f"/runs/{run.pk}/")

        panel = page.context["run"]
        assert panel.summary == "Plan 3: 31 of 40 orders planned, 41\xa0h travel"
        assert (panel.improvement.percent, panel.improvement.text) == (70, "Improving, 7 of 10\xa0s")
        assert 'value="70" aria-label="Improvement of the plan"' in one_line(page)
        # The style sheet hides it from who may not press it.
        assert "Keep this plan" in page.content.decode()
        assert 'data-needs="manager" data-action="keep"' in page.content.decode()

    def test_customers_out_come_before_orders(self, viewer: Client, district: models.District) -> None:
        back = [[factories.at("10:30").isoformat(), 4_900], [factories.at("12:00").isoformat(), 5_187]]
        run = factories.SuggestionRunFactory(
            district=district, status="SCORING", figures=IMPROVING | {"customers_out": 5_261, "customers_back": back}
        )

        assert viewer.get(f"/runs/{run.pk}/").context["run"].summary == (
            "Plan 3: 5,261 customers out; with this plan 4,900 are back by 10:30, all but 74 by 12:00; 41\xa0h travel"
        )

    def test_a_plan_that_is_being_kept_cannot_be_kept_again(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(
            district=district, status="SCORING", figures=IMPROVING, keep_asked_at=factories.NOW
        )

        page = manager.get(f"/runs/{run.pk}/")

        assert "Keep this plan" not in page.content.decode()
        assert page.context["run"].improvement.text == "Ending, the best plan is kept"

    @pytest.mark.parametrize(("kept_at", "said"), [(None, ()), (factories.NOW, ("kept early",))])
    def test_a_finished_run_keeps_its_plan_on_the_page(
        self, viewer: Client, district: models.District, kept_at: Any, said: tuple[str, ...]
    ) -> None:
        figures = IMPROVING | {"plan": 7, "travel_hours": 8.26, "seconds": 12.3}
        run = factories.SuggestionRunFactory(
            district=district, figures=figures, finished_at=factories.at("06:12"), keep_asked_at=kept_at,
            orders_total=40, orders_in_plan=31,
        )  # fmt: skip

        panel = viewer.get(f"/runs/{run.pk}/").context["run"]

        assert panel.summary == "Plan 7: 31 of 40 orders planned, 8.3\xa0h travel, ready at 06:12"
        assert panel.figures == ("planned in 12.3\xa0s", *said)
        assert (panel.improvement, panel.can_keep) == (None, False)

    def test_before_the_first_plan_it_says_that_one_is_being_made(
        self, viewer: Client, district: models.District
    ) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", orders_total=40, orders_ranked=40)

        panel = viewer.get(f"/runs/{run.pk}/").context["run"]

        assert panel.summary == "Ranked 40 of 40 orders; making the first plan"
        assert not panel.can_keep

    def test_the_stream_renders_the_panel_of_the_page(self, viewer: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", orders_total=10, orders_ranked=4)

        html = rendering.run_panel({"run": str(run.pk)})["html"]

        assert html.strip() in viewer.get(f"/runs/{run.pk}/").content.decode()
        assert 'data-under-way="1"' in html

    def test_a_script_gets_its_state(self, viewer: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district)

        state = viewer.get(f"/runs/{run.pk}/", headers={"Accept": "application/json"}).json()

        assert (state["run"], state["status"], state["day"]) == (str(run.pk), "READY", "2026-06-15")

    def test_it_is_closed_to_strangers(self, stranger: Client, anonymous: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district)

        assert stranger.get(f"/runs/{run.pk}/").status_code == 404
        assert anonymous.get(f"/runs/{run.pk}/").status_code == 302


class TestGoingOn:
    @pytest.fixture
    def run(self, district: models.District) -> models.SuggestionRun:
        """Improved as far as it can be, with one source that hangs."""
        run = factories.SuggestionRunFactory(
            district=district, status="SCORING", figures={**IMPROVING, "improved_percent": 100}
        )
        system = factories.DownstreamSystemFactory(code="permits", name="Permits", kind="PERMITS")
        models.SourceProgress.objects.create(run=run, system=system, status="READING", data_as_of=factories.at("05:41"))
        return run

    def test_the_panel_says_from_when_it_plans_and_for_what_it_waits(
        self, manager: Client, run: models.SuggestionRun
    ) -> None:
        page = manager.get(f"/runs/{run.pk}/").content.decode()

        assert "from what was known at 05:41" in page
        assert "Waiting for Permits" in page
        assert "Go on without it" in " ".join(page.split())

    def test_a_manager_goes_on_without_it(self, manager: Client, run: models.SuggestionRun) -> None:
        answer = manager.post(f"/runs/{run.pk}/go-on/", {"next": f"/runs/{run.pk}/"})

        assert (answer.status_code, answer.headers["Location"]) == (303, f"/runs/{run.pk}/")
        run.refresh_from_db()
        assert run.go_on_asked_at == factories.NOW
        entry = models.AuditEntry.objects.get(verb="run.went-on")
        assert entry.after == {"without": ["Permits"]}

    def test_a_run_that_has_ended_waits_for_nothing(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="READY")

        answer = manager.post(f"/runs/{run.pk}/go-on/", headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-awaited")

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, run: models.SuggestionRun
    ) -> None:
        assert viewer.post(f"/runs/{run.pk}/go-on/").status_code == 403
        assert stranger.post(f"/runs/{run.pk}/go-on/").status_code == 404
        assert anonymous.post(f"/runs/{run.pk}/go-on/").status_code == 302
        run.refresh_from_db()
        assert run.go_on_asked_at is None


class TestKeep:
    def test_a_manager_keeps_the_plan(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", figures=IMPROVING)

        answer = manager.post(f"/runs/{run.pk}/keep/", {"next": f"/runs/{run.pk}/"})

        assert (answer.status_code, answer.headers["Location"]) == (303, f"/runs/{run.pk}/")
        run.refresh_from_db()
        assert run.keep_asked_at == factories.NOW

    def test_a_run_without_a_plan_is_refused_in_words(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="GATHERING")

        answer = manager.post(f"/runs/{run.pk}/keep/", headers={"Accept": "application/json"})

        assert answer.status_code == 409
        assert answer.json()["code"] == "no-plan-yet"
        assert "Wait until" in answer.json()["next_step"]

    def test_it_needs_the_form_of_the_page(self, mara: Any, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", figures=IMPROVING)
        elsewhere = Client(enforce_csrf_checks=True)
        elsewhere.force_login(mara)

        assert elsewhere.post(f"/runs/{run.pk}/keep/").status_code == 403
        assert elsewhere.get(f"/runs/{run.pk}/keep/").status_code == 405

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, district: models.District
    ) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", figures=IMPROVING)

        assert viewer.post(f"/runs/{run.pk}/keep/").status_code == 403
        assert stranger.post(f"/runs/{run.pk}/keep/").status_code == 404
        assert anonymous.post(f"/runs/{run.pk}/keep/").status_code == 302
        run.refresh_from_db()
        assert run.keep_asked_at is None


class TestCancel:
    def test_a_manager_cancels_a_run_under_way(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="QUEUED")

        assert manager.post(f"/runs/{run.pk}/cancel/").status_code == 303
        run.refresh_from_db()
        assert run.status == "CANCELLED"

    def test_an_ended_run_cannot_be_cancelled(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district)

        assert manager.post(f"/runs/{run.pk}/cancel/").status_code == 409

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, district: models.District
    ) -> None:
        run = factories.SuggestionRunFactory(district=district, status="QUEUED")

        assert viewer.post(f"/runs/{run.pk}/cancel/").status_code == 403
        assert stranger.post(f"/runs/{run.pk}/cancel/").status_code == 404
        assert anonymous.post(f"/runs/{run.pk}/cancel/").status_code == 302
