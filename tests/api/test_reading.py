from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

ORDERS = "/api/v1/orders/"


def numbers(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [order["number"] for order in response.json()["results"]]


def test_districts_come_with_my_role(as_vic: Any, district: models.District, stella: Any) -> None:
    factories.MembershipFactory(user=stella, district=district)

    [row] = as_vic.get("/api/v1/districts/").json()["results"]

    assert (row["code"], row["role"], row["time_zone"]) == ("NORTH", "VIEWER", "America/Chicago")


class TestOrders:
    @pytest.fixture(autouse=True)
    def queue(self, district: models.District, elsewhere: models.District) -> None:
        make = factories.OrderFactory
        make(number="A", district=district, priority=0, kind="TROUBLE", customers_out=12, title="Line down")
        make(number="B", district=district, priority=2, status="WAITING", feeder="F-7")
        make(number="C", district=district, priority=2, kind="INSPECTION", address="Cedar Lane")
        make(number="X", district=elsewhere)

    def test_a_number_that_none_can_have_is_not_found(self, as_mara: Any) -> None:
        assert_problem(as_mara.get(f"{ORDERS}%00/"), 404, "not-found")

    def test_a_number_with_a_slash_is_found(self, as_mara: Any, district: models.District) -> None:
        factories.OrderFactory(district=district, number="24/117")

        assert as_mara.get(f"{ORDERS}24/117/").json()["number"] == "24/117"

    def test_come_most_urgent_first_from_my_districts_only(self, as_mara: Any) -> None:
        assert numbers(as_mara.get(ORDERS)) == ["A", "B", "C"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"district": "NORTH"}, ["A", "B", "C"]),
            ({"district": "SOUTH"}, []),
            ({"status": "WAITING"}, ["B"]),
            ({"status": ["WAITING", "READY"]}, ["A", "B", "C"]),
            ({"priority": "EMERGENCY"}, ["A"]),
            ({"priority": ["EMERGENCY", "HIGH"], "kind": "INSPECTION"}, ["C"]),
            ({"search": "line"}, ["A"]),
            ({"search": "cedar lane"}, ["C"]),
            ({"search": "f-7"}, ["B"]),
        ],
    )
    def test_are_filtered(self, as_mara: Any, query: dict[str, Any], expected: list[str]) -> None:
        assert numbers(as_mara.get(ORDERS, query)) == expected

    @pytest.mark.parametrize("query", [{"status": "NOPE"}, {"priority": "1"}, {"prioritty": "HIGH"}])
    def test_refuse_a_filter_they_do_not_know(self, as_mara: Any, query: dict[str, str]) -> None:
        problem = assert_problem(as_mara.get(ORDERS, query), 400, "invalid")

        assert [error["field"] for error in problem["errors"]] == list(query)

    def test_come_in_pages(self, as_mara: Any) -> None:
        first = as_mara.get(ORDERS, {"page_size": "2"})

        assert numbers(first) == ["A", "B"]
        assert first.json()["count"] == 3
        assert numbers(as_mara.get(first.json()["next"])) == ["C"]
        assert_problem(as_mara.get(ORDERS, {"page": "9"}), 404, "not-found")

    def test_are_not_sent_again_while_nothing_changed(self, as_mara: Any) -> None:
        etag = as_mara.get(ORDERS).headers["ETag"]

        again = as_mara.get(ORDERS, headers={"If-None-Match": etag})
        models.WorkOrder.objects.filter(number="A").update(version=2)
        changed = as_mara.get(ORDERS, headers={"If-None-Match": etag})

        assert (again.status_code, again.content) == (304, b"")
        assert changed.status_code == 200

    def test_take_the_same_queries_however_many(self, as_mara: Any, district: models.District) -> None:
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                as_mara.get(ORDERS)
            counts.append(len(queries))
            for order in factories.OrderFactory.create_batch(
                5, district=district, source=factories.DownstreamSystemFactory(), source_reference=factory_reference()
            ):
                factories.OrderNeedFactory(order=order)

        # The first use of the token is noted by one update.
        assert counts[1] <= counts[0]


def factory_reference() -> Any:
    import factory

    return factory.Sequence(lambda n: f"R-{n}")


class TestOneOrder:
    def test_shows_what_a_manager_decides_from(self, as_vic: Any, suggestion: models.Suggestion) -> None:
        order = suggestion.order
        factories.PermitFactory(order=order, number="P-7")
        factories.OrderNeedFactory(order=order, people=2)
        order.prerequisites.add(factories.OrderFactory(number="WO-0"))
        factories.SuggestionFactory(order=order, run=suggestion.run, status="SUPERSEDED", in_plan=False)

        body = as_vic.get(f"{ORDERS}WO-1/").json()

        assert (body["district"], body["priority"], body["version"]) == ("NORTH", "NORMAL", 1)
        assert body["needs"] == [{"qualification": "LINE", "level": "STANDARD", "people": 2}]
        assert [permit["number"] for permit in body["permits"]] == ["P-7"]
        assert body["prerequisites"] == ["WO-0"]
        [shown] = body["suggestions"]
        assert shown["id"] == suggestion.pk
        assert shown["crew"]["name"] == suggestion.crew.name
        assert shown["reasons"] == [{"code": "near", "text": "12 km away"}]
        assert body["assignment"] is None

    def test_shows_the_live_decision_and_who_was_told(self, as_vic: Any, district: models.District, mara: Any) -> None:
        order = factories.OrderFactory(district=district, number="WO-9", status="SCHEDULED")
        assignment = factories.AssignmentFactory(order=order, approved_by=mara)
        factories.WriteBackFactory(assignment=assignment, status="FAILED", last_error="503 Service Unavailable")

        body = as_vic.get(f"{ORDERS}WO-9/").json()["assignment"]

        assert (body["id"], body["status"], body["approved_by"]) == (str(assignment.pk), "APPROVED", "Mara Lindqvist")
        assert [(row["target"], row["status"]) for row in body["write_backs"]] == [("work", "FAILED")]
        assert as_vic.get(f"/api/v1/assignments/{assignment.pk}/").json() == body

    def test_takes_the_same_queries_however_many_suggestions(self, as_vic: Any, suggestion: Any) -> None:
        as_vic.get(f"{ORDERS}WO-1/")
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                as_vic.get(f"{ORDERS}WO-1/")
            counts.append(len(queries))
            for _ in range(3):
                factories.SuggestionFactory(order=suggestion.order, run=suggestion.run, in_plan=False)
                factories.PermitFactory(order=suggestion.order)

        assert counts[0] == counts[1]


class TestSuggestions:
    def test_are_asked_for_by_order(self, as_vic: Any, suggestion: models.Suggestion) -> None:
        factories.SuggestionFactory(order=suggestion.order, run=suggestion.run, rank=2, in_plan=False)

        body = as_vic.get("/api/v1/suggestions/", {"order": "WO-1"}).json()

        assert [(row["rank"], row["in_plan"]) for row in body["results"]] == [(1, True), (2, False)]

    def test_of_all_orders_are_followed(self, as_vic: Any, suggestion: models.Suggestion) -> None:
        factories.SuggestionFactory(order__number="WO-9", order__district=factories.DistrictFactory(code="ELSEWHERE"))
        suggestion.refresh_from_db()

        def found(**query: Any) -> list[int]:
            return [row["id"] for row in as_vic.get("/api/v1/suggestions/", query).json()["results"]]

        assert found(updated_since=suggestion.updated_at.isoformat()) == [suggestion.pk]
        assert found(updated_since="2999-01-01T00:00:00Z") == []
        assert found(day=suggestion.run.day.isoformat()) == [suggestion.pk]
        assert found(day="2001-01-01") == []


class TestWriteBacks:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, 2),
            ({"status": "DEAD"}, 1),
            ({"target": "work"}, 1),
            ({"order": "WO-9"}, 2),
            ({"district": "SOUTH"}, 0),
            ({"day": str(factories.DAY)}, 2),
            ({"day": "2001-01-01"}, 0),
            ({"updated_since": "2001-01-01T00:00:00Z"}, 2),
            ({"updated_since": "2999-01-01T00:00:00Z"}, 0),
        ],
    )
    def test_are_filtered(self, as_vic: Any, district: Any, query: dict[str, str], found: int) -> None:
        order = factories.OrderFactory(district=district, number="WO-9", status="SCHEDULED")
        assignment = factories.AssignmentFactory(order=order)
        factories.WriteBackFactory(assignment=assignment, status="DEAD")
        permits = factories.DownstreamSystemFactory(code="permits")
        factories.WriteBackFactory(assignment=assignment, target=permits)

        assert as_vic.get("/api/v1/write-backs/", query).json()["count"] == found


def test_systems_say_whether_they_are_away_and_why(as_vic: Any, district: models.District) -> None:
    factories.DownstreamSystemFactory(code="work")
    factories.DownstreamSystemFactory(
        code="permits", is_away=True, away_since=factories.NOW, away_because="answered 503"
    )

    [gone] = as_vic.get("/api/v1/systems/", {"is_away": "true"}).json()["results"]

    assert (gone["code"], gone["away_because"], gone["resumes_at"]) == ("permits", "answered 503", None)


class TestRunsThatMovedOrders:
    @pytest.fixture
    def run(self, district: models.District) -> models.SuggestionRun:
        return factories.SuggestionRunFactory(district=district, status="READY")

    def moved(self, run: models.SuggestionRun, number: str, **now: Any) -> None:
        run.moved.create(
            order=factories.OrderFactory(district=run.district, number=number),
            shown_crews="Line 1", shown_starts_at=factories.at("08:00"), why="Line 1 does B then.", **now,
        )  # fmt: skip

    def test_name_crew_and_hour_before_and_now_and_why(self, as_vic: Any, run: models.SuggestionRun) -> None:
        self.moved(run, "A", crews="Line 2", starts_at=factories.at("09:00"))

        [one] = as_vic.get(f"/api/v1/runs/{run.pk}/").json()["moved"]

        assert (one["order"], one["shown_crews"], one["crews"], one["why"]) == (
            "A", "Line 1", "Line 2", "Line 1 does B then.",
        )  # fmt: skip
        assert one["shown_starts_at"] < one["starts_at"]

    def test_take_a_constant_number_of_queries(self, as_vic: Any, run: models.SuggestionRun) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert as_vic.get(f"/api/v1/runs/{run.pk}/").status_code == 200
            return len(found)

        self.moved(run, "A")
        # The first use of a token in a while is written down.
        queries()
        few = queries()
        for number in "BCD":
            self.moved(run, number)

        assert queries() == few


@pytest.mark.parametrize("said", ["", "yes", "1"])
def test_a_switch_is_true_or_false(as_mara: Any, said: str) -> None:
    problem = assert_problem(as_mara.get("/api/v1/crews/", {"active": said}), 400, "invalid")

    assert problem["errors"] == [{"field": "active", "detail": "Either true or false."}]
    assert as_mara.get("/api/v1/crews/", {"active": "True"}).status_code == 200
