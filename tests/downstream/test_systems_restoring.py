"""Restoration times as the simulated outage system takes and shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from assignments.downstream.messages import Resource, System
from tests.downstream.simulators import get, post, read, restoration, running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts a system for the rest of the test."""
    with ExitStack() as stack:
        yield lambda system: stack.enter_context(running(tmp_path, system))


class TestRestorationTimes:
    def test_the_outage_shows_the_newest(self, start):
        url = start(System.PERMITS)
        first, second = restoration(), restoration(back_at=None, certainty="NO_CREW")

        assert post(url, first, "key-1", "restorations").status_code == 201
        assert post(url, second, "key-2", "restorations").status_code == 201

        held = get(url, f"/api/restorations?order={first['order']}").json()["items"]
        assert [each["certainty"] for each in held] == ["APPROVED", "NO_CREW"]
        [outage] = [each for each in get(url, "/api/outages").json()["items"] if each["order"] == first["order"]]
        assert (outage["etr"]["back_at"], outage["etr"]["certainty"]) == (None, "NO_CREW")
        # A reader that knows nothing of it reads on.
        assert not read(url, Resource.OUTAGES).invalid

    def test_the_same_key_twice_is_one_effect(self, start):
        url = start(System.PERMITS)
        answers = [post(url, restoration(), "key-1", "restorations") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[1].json() == {"reference": answers[0].json()["reference"], "replayed": True}
        assert post(url, restoration(reason="Other"), "key-1", "restorations").status_code == 409

    def test_what_it_does_not_know_is_refused(self, start):
        url = start(System.PERMITS)

        assert post(url, restoration(order="NOPE"), "key-1", "restorations").status_code == 422
        assert post(url, restoration(certainty="SURE"), "key-1", "restorations").status_code == 422
        assert post(url, restoration(), "", "restorations").status_code == 400

    def test_other_systems_have_no_outages(self, start):
        assert post(start(System.WORK), restoration(), "key-1", "restorations").status_code == 404
