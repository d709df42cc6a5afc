"""Requests to a routing server: all that a plan may need, in tables that it takes, and little beside."""

from __future__ import annotations

import random

import pytest

from assignments.engine.domain.problem import Place
from assignments.engine.search import tables
from tests.builders import DEPOT, NEARBY

FAR = Place(40.4, -75.4)


def scattered(count, seed=1):
    draw = random.Random(seed)
    return [Place.of_key(Place(40 + draw.uniform(-0.2, 0.2), -75 + draw.uniform(-0.2, 0.2)).key) for _ in range(count)]


def asked(wanted, side=50):
    """The needed drives of all tables."""
    return [
        (origin, destination)
        for table in wanted.tables(side)
        for row, origin in enumerate(table.origins)
        for column, destination in enumerate(table.destinations)
        if table.wanted[row, column]
    ]


def test_a_small_district_wants_every_drive_between_its_places():
    wanted = tables.wanted(bases=[DEPOT], work=[NEARBY, FAR, NEARBY], shifts=[])

    assert sorted(asked(wanted), key=str) == sorted(
        [(a, b) for a in (DEPOT, NEARBY, FAR) for b in (DEPOT, NEARBY, FAR) if a != b], key=str
    )


def test_any_stop_of_a_shift_may_come_to_follow_any_other():
    stops = scattered(4)

    wanted = tables.wanted(bases=[], work=[], shifts=[stops])

    assert set(asked(wanted)) == {(a, b) for a in stops for b in stops if a != b}


def test_in_a_large_district_work_wants_its_bases_and_its_neighbours():
    bases, work = scattered(3, seed=2), scattered(200)

    wanted = tables.wanted(bases=bases, work=work, shifts=[], most=2_000, neighbours=1)
    drives = set(asked(wanted))

    assert all((base, site) in drives and (site, base) in drives for base in bases for site in work)
    # Ten for each, of which one is the place itself.
    assert len(wanted.then) == 200 * 9
    near = min(work[1:], key=lambda site: (site.lat - work[0].lat) ** 2 + ((site.lon - work[0].lon) * 0.766) ** 2)
    assert (work[0], near) in drives


@pytest.mark.parametrize("side", [1, 7, 50])
def test_no_table_is_larger_than_the_server_takes_and_no_drive_is_asked_twice(side):
    wanted = tables.wanted(
        bases=scattered(2, seed=2), work=scattered(40), shifts=[scattered(5, seed=3)], neighbours=10, most=1
    )

    found = list(wanted.tables(side))

    assert all(len(t.origins) <= side and len(t.destinations) <= side for t in found)
    assert len(asked(wanted, side)) == len(set(asked(wanted, side))) == len(wanted)


def test_tables_hold_little_that_nobody_wants():
    wanted = tables.wanted(bases=scattered(10, seed=2), work=scattered(600), shifts=[], most=15_000)

    assert sum(table.wanted.size for table in wanted.tables(50)) < 4 * len(wanted)


def test_what_is_known_is_not_asked_again():
    places = scattered(30)
    wanted = tables.wanted(bases=places[:1], work=places[1:], shifts=[])
    new = scattered(1, seed=9)[0]
    known = asked(wanted)
    origins, destinations = [a.key for a, _ in known], [b.key for _, b in known]

    assert len(wanted.without(origins, destinations)) == 0
    left = tables.wanted(bases=places[:1], work=[*places[1:], new], shifts=[]).without(origins, destinations)

    assert len(left) == 2 * len(places)
    assert all(new in drive for drive in asked(left))


def test_the_drives_that_every_plan_needs_are_asked_first():
    base, work = scattered(1, seed=2), scattered(20)

    found = list(tables.wanted(bases=base, work=work, shifts=[]).tables(50))

    assert base[0] in found[0].destinations
    assert all(base[0] not in (*table.origins, *table.destinations) for table in found[2:])


def test_nothing_wants_nothing():
    wanted = tables.wanted(bases=[], work=[], shifts=[])

    assert (len(wanted), list(wanted.tables(50))) == (0, [])
