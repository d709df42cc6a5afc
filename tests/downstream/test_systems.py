"""The simulated systems, spoken to over HTTP by the client that gathers and delivers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from assignments.demo.world.shapes import Size
from assignments.downstream import messages
from assignments.downstream.messages import Resource, System
from tests.downstream.simulators import booking, get, post, read, running, world


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts a system for the rest of the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(running(tmp_path, *args, **options))


class TestReading:
    @pytest.mark.parametrize("system", [*System])
    def test_the_client_reads_the_whole_world(self, start, system):
        url = start(system, Size.DISTRICT)

        for resource in messages.RESOURCES[system]:
            collection = read(url, resource)
            assert not collection.invalid
            assert {r.reference: r for r in collection.records} == {
                r.reference: r for r in world(Size.DISTRICT).records(resource)
            }

    def test_a_page_holds_a_hundred(self, start):
        page = get(start(size=Size.DISTRICT), "/api/orders?page=2").json()

        assert (len(page["items"]), page["next"]) == (100, 3)

    def test_a_district_gets_its_own_records_and_the_qualifications_of_all(self, start):
        url = start(System.WORKFORCE, Size.DISTRICT)

        crews = read(url, Resource.CREWS, district="BRA").records
        shifts = read(url, Resource.SHIFTS, district="BRA").records

        assert {crew.district for crew in crews if isinstance(crew, messages.CrewMessage)} == {"BRA"}
        assert 0 < len(shifts) < len(world(Size.DISTRICT).shifts)
        assert len(read(url, Resource.QUALIFICATIONS, district="BRA").records) == len(world().qualifications)
        assert not read(url, Resource.CREWS, district="XXX").records

    def test_later_only_what_changed_comes_with_a_greater_version(self, start):
        url = start()
        before = read(url, Resource.ORDERS)
        post(url, booking())

        after = read(url, Resource.ORDERS, since=before.version)

        assert [record.reference for record in after.records] == [booking()["order"]]
        assert after.records[0].version == after.version > before.version
        assert not read(url, Resource.ORDERS, since=after.version).records

    def test_no_record_is_passed_over_when_one_changes_between_two_pages(self, start):
        url = start(size=Size.DISTRICT)
        first = get(url, "/api/orders").json()
        post(url, booking(order=first["items"][0]["reference"]))
        second = get(url, "/api/orders?page=2").json()

        seen = [item["reference"] for page in (first, second) for item in page["items"]]

        assert seen == sorted(order.reference for order in world(Size.DISTRICT).orders)[:200]

    @pytest.mark.parametrize("query", ["page=0", "page=x", "since=-1"])
    def test_nonsense_is_refused(self, start, query):
        assert get(start(), f"/api/orders?{query}").status_code == 400

    def test_a_system_has_only_its_own_collections(self, start):
        assert get(start(System.PERMITS), "/api/orders").status_code == 404

    def test_a_system_with_a_secret_asks_for_it(self, start):
        url = start(secret="open-sesame")

        assert get(url, "/api/orders").status_code == 401
        assert get(url, "/api/orders", Authorization="Bearer wrong").status_code == 401
        assert get(url, "/api/orders", Authorization="Bearer open-sesame").status_code == 200


class TestBooking:
    def test_the_same_key_twice_is_one_effect(self, start):
        url = start()

        first, second = post(url, booking()), post(url, booking())

        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["reference"] == second.json()["reference"]
        assert second.json()["replayed"]
        assert len(get(url, "/api/bookings/told?assignment=A-1").json()["items"]) == 1

    def test_the_same_key_side_by_side_is_one_effect(self, start):
        url = start()
        with ThreadPoolExecutor(8) as pool:
            statuses = sorted(answer.status_code for answer in pool.map(lambda _: post(url, booking()), range(8)))

        assert statuses == [200] * 7 + [201]

    def test_the_same_key_survives_a_restart(self, tmp_path):
        key = str(uuid.uuid4())
        with running(tmp_path) as url:
            first = post(url, booking(), key)
        with running(tmp_path) as url:
            second = post(url, booking(), key)
            held = get(url, "/api/bookings/told").json()["items"]

        assert second.json() == {"reference": first.json()["reference"], "replayed": True}
        assert [each["key"] for each in held] == [key]

    def test_a_key_with_another_body_is_a_conflict(self, start):
        url = start()
        post(url, booking())

        assert post(url, booking(approved_by="jonas")).status_code == 409

    @pytest.mark.parametrize("body", [{}, booking(action="PERHAPS"), booking(order="WM-0"), [1]])
    def test_what_makes_no_sense_is_unprocessable_and_leaves_the_key_unused(self, start, body):
        url = start()

        assert post(url, body).status_code == 422
        assert post(url, booking()).status_code == 201

    def test_a_booking_needs_a_key(self, start):
        assert post(start(), booking(), key="").status_code == 400

    def test_work_management_shows_the_crew_until_the_assignment_is_revoked(self, start):
        url = start()

        def shown() -> Any:
            return next(
                item for item in get(url, "/api/orders").json()["items"] if item["reference"] == booking()["order"]
            )

        post(url, booking(), "one")
        assert shown()["booking"]["crew"] == booking()["crew"]
        post(url, booking(action="REVOKE", assignment="A-0"), "two")
        assert shown()["booking"]["assignment"] == "A-1"
        post(url, booking(action="REVOKE"), "three")
        assert shown()["booking"] is None

    def test_workforce_keeps_the_crews_calendar(self, start):
        url = start(System.WORKFORCE)
        post(url, booking(), "one")
        post(url, booking(assignment="A-2"), "two")
        post(url, booking(action="REVOKE"), "three")

        crew = next(item for item in get(url, "/api/crews").json()["items"] if item["reference"] == booking()["crew"])

        assert [entry["assignment"] for entry in crew["calendar"]] == ["A-2"]

    def test_workforce_takes_a_team_as_a_whole(self, start):
        url = start(System.WORKFORCE)
        other = get(url, "/api/crews").json()["items"][1]["reference"]

        def calendars():
            return [item.get("calendar", []) for item in get(url, "/api/crews").json()["items"][:2]]

        assert post(url, booking(further_crews=[other, "CR-NONE"]), "one").status_code == 422
        assert calendars() == [[], []]
        assert post(url, booking(further_crews=[other]), "two").status_code == 201
        assert [[entry["further_crews"] for entry in calendar] for calendar in calendars()] == [[[other]], [[other]]]
        assert post(url, booking(further_crews=[other], action="REVOKE"), "three").status_code == 201
        assert calendars() == [[], []]

    def test_a_team_names_each_crew_once(self, start):
        url = start(System.WORKFORCE)

        assert post(url, booking(further_crews=[booking()["crew"]])).status_code == 422

    @pytest.mark.parametrize(
        ("system", "collection", "shown"),
        [
            (System.WORK, "orders", lambda item: item.get("booking")),
            (System.WORKFORCE, "crews", lambda item: next(iter(item.get("calendar", [])), None)),
            (System.PERMITS, "permits", lambda item: item.get("holder")),
        ],
    )
    def test_what_was_tentative_becomes_firm(self, start, system, collection, shown):
        url = start(system)
        order = world().permits[0].order

        def tentative() -> list[bool]:
            items = get(url, f"/api/{collection}").json()["items"]
            return sorted({entry["tentative"] for item in items if (entry := shown(item))})

        post(url, booking(order=order, tentative=True), "one")
        assert tentative() == [True]
        answers = [post(url, booking(order=order, action="CONFIRM"), "two") for _ in range(2)]
        assert ([answer.status_code for answer in answers], tentative()) == ([201, 200], [False])
        assert post(url, booking(order=order, action="CONFIRM", approved_by="jonas"), "two").status_code == 409
        post(url, booking(order=order, action="REVOKE"), "three")
        assert tentative() == []

    @pytest.mark.parametrize("change", [{"assignment": "A-9"}, {"tentative": True}])
    def test_what_cannot_be_firm_is_unprocessable(self, start, change):
        url = start()
        post(url, booking(tentative=True), "one")

        assert post(url, booking(action="CONFIRM", **change), "two").status_code == 422

    def test_a_confirmation_does_not_bring_back_what_was_revoked(self, start):
        url = start()
        for key, action in (("one", "ASSIGN"), ("two", "REVOKE"), ("three", "CONFIRM")):
            post(url, booking(action=action), key)

        assert not any(item.get("booking") for item in get(url, "/api/orders").json()["items"])

    def test_the_permit_system_names_the_holder_of_the_orders_permits(self, start):
        url = start(System.PERMITS)
        order = world().permits[0].order
        post(url, booking(order=order))

        held = {item["order"]: item.get("holder") for item in get(url, "/api/permits").json()["items"]}

        assert held.pop(order)["crew"] == booking()["crew"]
        assert not any(held.values())


class TestFaults:
    def test_a_system_that_is_down_says_when_to_ask_again_and_comes_back(self, start):
        url = start(down_for=60)
        assert get(url, "/healthz").status_code == 503
        assert get(url, "/api/orders").headers["Retry-After"] == "2"
        assert post(url, booking()).status_code == 503

        httpx.post(f"{url}/faults", json={"down_for": 0}, trust_env=False, timeout=60)

        assert get(url, "/healthz").status_code == 200
        assert get(url, "/api/bookings/told").json()["items"] == []

    def test_failing_requests_have_no_effect(self, start):
        url = start(fail_rate=1)

        assert post(url, booking()).status_code == 503
        assert httpx.post(f"{url}/faults", json={"fail_rate": 0}, trust_env=False, timeout=60).json()["fail_rate"] == 0
        assert post(url, booking()).status_code == 201

    def test_a_lost_answer_is_an_effect_that_is_not_doubled(self, start):
        url = start(lose_answers=1)
        with pytest.raises(httpx.RemoteProtocolError):
            post(url, booking())
        httpx.post(f"{url}/faults", json={"lose_answers": 0}, trust_env=False, timeout=60)

        assert post(url, booking()).json()["replayed"]

    def test_latency_passes_side_by_side(self, start):
        url = start(latency=3)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: get(url, "/api/orders"), range(8)))

        assert {answer.status_code for answer in answers} == {200}
        # One after the other they would take 24 seconds.
        assert 3 <= time.monotonic() - began < 20

    @pytest.mark.parametrize("body", [{"fail_rate": 2}, {"gravity": 1}, {"latency": -1}])
    def test_unknown_faults_are_refused(self, start, body):
        assert httpx.post(f"{start()}/faults", json=body, trust_env=False, timeout=60).status_code == 422
