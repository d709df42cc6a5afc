"""The simulated systems from their first start on: the world goes on in them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from assignments.demo.systems import restoring
from assignments.demo.systems.living import Life
from assignments.demo.systems.server import PortTaken
from assignments.demo.systems.store import OtherWorld, Store
from assignments.demo.world import building, districts
from assignments.demo.world.shapes import Size
from assignments.downstream import messages
from assignments.downstream.messages import Resource, System
from assignments.downstream.outbound import RestorationMessage
from tests.downstream.simulators import NOON, TODAY, read, running


class TestLife:
    @pytest.mark.parametrize("system", [*System])
    def test_the_same_seed_lives_the_same_life_and_all_of_it_can_be_read(self, tmp_path, system):
        told, kept = [], []
        for name in ("one", "other"):
            store = Store(tmp_path / f"{name}.sqlite3")
            store.fill(system, size=Size.SMALL, seed=1, today=TODAY, make=building.build)
            life = Life(system=system, store=store, plans=districts.plans(Size.SMALL, 1), seed=1)
            told.append([life.advance(NOON + timedelta(minutes=step)) for step in range(60)])
            kept.append({each: store.all(each) for each in messages.RESOURCES[system]})
            store.close()

        assert told[0] == told[1]
        assert len(set(told[0])) > 2
        assert kept[0] == kept[1]
        for resource, bodies in kept[0].items():
            for body in bodies:
                messages.MESSAGES[resource].model_validate(body)

    def test_new_trouble_arrives_by_itself(self, tmp_path):
        with running(tmp_path, live_every=0.05) as url:
            before = read(url, Resource.ORDERS).version
            deadline = time.monotonic() + 60
            while not (new := read(url, Resource.ORDERS, since=before).records) and time.monotonic() < deadline:
                time.sleep(0.05)

        assert new

    def test_each_live_trouble_has_an_outage_that_takes_restoration_times(self, tmp_path):
        stores = {system: Store(tmp_path / f"{system.lower()}.sqlite3") for system in (System.WORK, System.PERMITS)}
        for system, store in stores.items():
            store.fill(system, size=Size.SMALL, seed=1, today=TODAY, make=building.build)
        life = Life(system=System.WORK, store=stores[System.WORK], plans=districts.plans(Size.SMALL, 1), seed=1)
        for step in range(60):
            life.advance(NOON + timedelta(minutes=step))

        trouble = [one for one in stores[System.WORK].all(Resource.ORDERS) if one["number"] >= "W-900001"]
        by_order = {one["order"]: one for one in stores[System.PERMITS].all(Resource.OUTAGES)}
        without_power = [one for one in trouble if one["customers_out"]]
        for order in without_power:
            message = RestorationMessage(
                order=order["reference"], back_at=NOON, certainty="PLANNED", set_by="", reason="", told_at=NOON
            )
            restoring.restore(stores[System.PERMITS], f"key-{order['number']}", message)
        over = [by_order[one["reference"]] for one in trouble if one["status"] == "CANCELLED"]
        for store in stores.values():
            store.close()

        assert len(without_power) > 2
        assert over
        assert all(outage["restored_at"] for outage in over)
        for outage in by_order.values():
            messages.OutageMessage.model_validate(outage)

    def test_trouble_of_a_demo_of_before_gets_its_outage_too(self, tmp_path):
        work = Store(tmp_path / "work.sqlite3")
        work.fill(System.WORK, size=Size.SMALL, seed=1, today=TODAY, make=building.build)
        life = Life(system=System.WORK, store=work, plans=districts.plans(Size.SMALL, 1), seed=1)
        for step in range(10):
            life.advance(NOON + timedelta(minutes=step))
        permits = Store(tmp_path / "permits.sqlite3")
        permits.fill(System.PERMITS, size=Size.SMALL, seed=1, today=TODAY, make=building.build)

        life.advance(NOON + timedelta(minutes=11))

        dark = {one["reference"] for one in work.all(Resource.ORDERS) if one["customers_out"]}
        told = {one["order"] for one in permits.all(Resource.OUTAGES)}
        work.close()
        permits.close()
        assert {reference for reference in dark if reference >= "WM-900001"} <= told

    def test_a_system_started_days_later_has_rostered_the_days_ahead(self, tmp_path):
        store = Store(tmp_path / "workforce.sqlite3")
        store.fill(System.WORKFORCE, size=Size.SMALL, seed=1, today=TODAY, make=building.build)
        life = Life(system=System.WORKFORCE, store=store, plans=districts.plans(Size.SMALL, 1), seed=1)

        added = [life.publish_roster(NOON + timedelta(days=days)) for days in (0, 3, 3)]
        shifts = {body["reference"] for body in store.all(Resource.SHIFTS)}
        store.close()

        later = building.build(size=Size.SMALL, seed=1, today=TODAY + timedelta(days=3))
        assert (added[0], added[2]) == (0, 0)
        assert {shift.reference for shift in later.shifts} <= shifts


class TestStarting:
    def test_a_file_of_another_world_is_left_alone(self, tmp_path):
        with running(tmp_path):
            pass

        with pytest.raises(OtherWorld, match="small 1"), running(tmp_path, size=Size.DISTRICT):
            pass

    def test_a_port_in_use_is_refused_and_nothing_is_spoilt(self, tmp_path):
        with running(tmp_path) as url:
            port = int(url.rsplit(":", 1)[1])
            with pytest.raises(PortTaken, match=str(port)), running(tmp_path / "second", port=port):
                pass

        with running(tmp_path / "second") as url:
            assert read(url, Resource.ORDERS).records
