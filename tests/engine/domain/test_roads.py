"""Travel that a routing server has told: used to the second, there and back apart, with the estimate beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import planning
from assignments.engine.domain.problem import Place, Window
from assignments.engine.domain.roads import NO_ROAD, UNKNOWN, Roads
from assignments.engine.domain.travel import GRAIN, Estimated, Travel
from assignments.engine.planning import Stage
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker
from assignments.engine.screening import pairs
from assignments.engine.search import solver
from tests.builders import (
    DEPOT,
    HOUR,
    MINUTE,
    NEARBY,
    a_commitment,
    a_job,
    a_problem,
    a_random_problem,
    a_shift,
    both_ways,
    places_of,
    roads,
    with_random_roads,
)  # fmt: skip
from tests.examples import drawn

FAR = Place(40.4, -75.4)
ESTIMATE = Travel.of(a_problem())
days = st.builds(a_random_problem, st.integers(0, 10**6), jobs=st.integers(1, 15), shifts=st.integers(1, 4))
quickly = drawn(30)


def told(pairs, **fields):
    return replace(ESTIMATE, roads=roads(pairs, **fields))


class TestTravel:
    @pytest.mark.parametrize(("server", "planned"), [(0, 0), (1, 60), (59, 60), (60, 60), (61, 120), (3600, 3600)])
    def test_is_rounded_up_to_whole_minutes(self, server, planned):
        assert told({(DEPOT, NEARBY): server}).seconds(DEPOT, NEARBY) == planned

    def test_may_take_longer_back_than_there(self):
        travel = told({(DEPOT, NEARBY): 300, (NEARBY, DEPOT): 900})

        assert (travel.seconds(DEPOT, NEARBY), travel.seconds(NEARBY, DEPOT)) == (300, 900)

    def test_is_estimated_where_nothing_was_told(self):
        travel = told({(DEPOT, NEARBY): 300})

        assert travel.seconds(NEARBY, DEPOT) == ESTIMATE.seconds(NEARBY, DEPOT)
        assert travel.seconds(DEPOT, FAR) == ESTIMATE.seconds(DEPOT, FAR)

    def test_is_estimated_where_no_road_leads(self):
        travel = told({(DEPOT, NEARBY): NO_ROAD})

        assert travel.seconds(DEPOT, NEARBY) == ESTIMATE.seconds(DEPOT, NEARBY)

    def test_says_why_it_is_estimated(self):
        travel = told({(DEPOT, NEARBY): 300, (NEARBY, DEPOT): NO_ROAD}, complete=False)

        assert travel.why_estimated(DEPOT, NEARBY) is None
        assert travel.why_estimated(NEARBY, DEPOT) is Estimated.NO_ROAD
        assert travel.why_estimated(DEPOT, FAR) is Estimated.UNANSWERED
        assert told({}).why_estimated(DEPOT, FAR) is Estimated.NOT_ASKED

    def test_says_nothing_where_nobody_was_to_be_asked(self):
        assert ESTIMATE.why_estimated(DEPOT, FAR) is None
        assert told({}, complete=False).why_estimated(DEPOT, DEPOT) is None

    def test_knows_a_place_again_within_a_metre(self):
        travel = told({(DEPOT, NEARBY): 300})

        assert travel.seconds(Place(DEPOT.lat + 1e-6, DEPOT.lon), NEARBY) == 300
        assert travel.seconds(Place(DEPOT.lat + 1e-4, DEPOT.lon), NEARBY) != 300

    @given(st.floats(-90, 90), st.floats(-180, 180))
    def test_a_key_names_its_place(self, lat, lon):
        place = Place(lat, lon)

        again = Place.of_key(place.key)

        assert again.key == place.key
        assert again.lat == pytest.approx(lat, abs=6e-6)
        assert again.lon == pytest.approx(lon, abs=6e-6)

    @quickly
    @given(days, st.integers(0, 1000))
    def test_pairwise_times_are_the_plain_times(self, problem, seed):
        travel, places = Travel.of(with_random_roads(problem, seed)), places_of(problem)
        twice = [*places, *places[:2]]

        matrix = travel.matrix(twice, places)

        assert matrix.tolist() == [[travel.seconds(a, b) for b in places] for a in twice]
        assert not (matrix % GRAIN).any()

    def test_cannot_be_changed(self):
        known = roads({(DEPOT, NEARBY): 300})

        with pytest.raises(ValueError, match="read-only"):
            known.seconds[0] = 0
        assert len(known) == 1

    def test_nothing_told_is_nothing_known(self):
        nothing = Roads.of([], [], [])

        assert nothing.told(DEPOT.key, NEARBY.key) == UNKNOWN
        assert nothing.table(np.array([DEPOT.key]), np.array([NEARBY.key])).tolist() == [[UNKNOWN]]


class TestRules:
    """The shift begins at 07:00 at the depot and ends at 15:00 there; the job takes an hour."""

    @pytest.mark.parametrize(("start", "broken"), [(7 * HOUR + 20 * MINUTE, []), (7 * HOUR + 19 * MINUTE, ["shift"])])
    def test_the_way_there_counts_before_the_work(self, start, broken):
        job, shift = a_job(), a_shift()
        problem = a_problem(job, roads=roads({(DEPOT, NEARBY): 20 * MINUTE, (NEARBY, DEPOT): 60}))

        assert [v.rule for v in checker.check(problem, job, shift, start)] == broken

    @pytest.mark.parametrize(("start", "broken"), [(13 * HOUR + 15 * MINUTE, []), (13 * HOUR + 16 * MINUTE, ["shift"])])
    def test_the_way_back_counts_after_the_work(self, start, broken):
        job, shift = a_job(), a_shift()
        problem = a_problem(job, roads=roads({(DEPOT, NEARBY): 60, (NEARBY, DEPOT): 45 * MINUTE}))

        assert [v.rule for v in checker.check(problem, job, shift, start)] == broken

    @pytest.mark.parametrize(("start", "broken"), [(8 * HOUR + 30 * MINUTE, []), (8 * HOUR + 31 * MINUTE, ["overlap"])])
    def test_the_way_to_the_next_work_is_the_one_that_is_driven(self, start, broken):
        job, shift = a_job(), a_shift(commitments=(a_commitment(7, 10 * HOUR, 11 * HOUR, place=FAR),))
        ways = {(NEARBY, FAR): 30 * MINUTE, (FAR, NEARBY): 5 * MINUTE}
        problem = a_problem(job, shifts=(shift,), roads=roads(ways))

        assert [v.rule for v in checker.check(problem, job, shift, start)] == broken

    def test_screening_tells_there_from_back(self):
        problem = a_problem(a_job(), roads=roads({(DEPOT, NEARBY): 20 * MINUTE, (NEARBY, DEPOT): 45 * MINUTE}))

        screened = pairs.screen(problem)

        assert screened.spans(0, 0) == [(7 * HOUR + 20 * MINUTE, 13 * HOUR + 15 * MINUTE)]

    def test_a_detour_can_be_shorter_than_the_straight_way(self):
        # A told time need not obey the triangle: by way of the job the commitment is reached sooner.
        job, shift = a_job(), a_shift(commitments=(a_commitment(7, 12 * HOUR, 13 * HOUR, place=FAR),))
        ways = both_ways(DEPOT, NEARBY, 60) | both_ways(NEARBY, FAR, 60) | both_ways(DEPOT, FAR, 2 * HOUR)
        problem = a_problem(job, shifts=(shift,), roads=roads(ways))

        (candidate,) = next(shortlist.rank(problem)).candidates

        # Minutes: two short drives in place of the long one count as driving saved.
        assert next(part.amount for part in candidate.parts if part.code == "travel") == 2 - 120
        assert checker.check(problem, job, shift, candidate.start) == []

    @quickly
    @given(days, st.integers(0, 1000))
    def test_every_candidate_and_plan_is_legal(self, problem, seed):
        problem = with_random_roads(problem, seed)
        jobs, shifts = ({one.id: one for one in many} for many in (problem.jobs, problem.shifts))

        for ranked in shortlist.rank(problem):
            for c in ranked.candidates:
                assert checker.check(problem, jobs[c.job_id], shifts[c.shift_id], c.start, tentative=c.tentative) == []
        assert checker.check_plan(problem, solver.construct(problem)) == []


class TestNotes:
    ANSWERED = both_ways(DEPOT, NEARBY, 10 * MINUTE)

    def notes(self, problem):
        (candidate,) = next(shortlist.rank(problem)).candidates
        return [note.template for note in candidate.warnings]

    def test_told_travel_is_not_marked(self):
        assert self.notes(a_problem(a_job(), roads=roads(self.ANSWERED, complete=False))) == []

    def test_without_a_routing_server_nothing_is_marked(self):
        assert self.notes(a_problem(a_job())) == []

    @pytest.mark.parametrize(
        ("pairs", "complete", "note"),
        [
            ({}, False, "Travel estimated: the routing server did not answer."),
            ({(DEPOT, NEARBY): 600}, False, "Travel estimated: the routing server did not answer."),
            ({(DEPOT, NEARBY): 600}, True, "Travel estimated: the routing server was not asked for it."),
            (ANSWERED | {(DEPOT, NEARBY): NO_ROAD}, True, "Travel estimated: the routing server knows no road for it."),
        ],
        ids=["no answer", "half an answer", "not asked", "no road"],
    )
    def test_an_estimate_is_marked_with_its_cause(self, pairs, complete, note):
        assert self.notes(a_problem(a_job(), roads=roads(pairs, complete=complete))) == [note]

    def test_the_plan_is_marked_by_the_drives_it_makes(self):
        # The plan drives depot, far, nearby, depot or the other way round; only between the two jobs nothing is told.
        jobs = a_job(1), a_job(2, place=FAR)
        ways = both_ways(DEPOT, NEARBY, 600) | both_ways(DEPOT, FAR, 3600)
        problem = a_problem(*jobs, roads=roads(ways, complete=False))

        batches = list(planning.plan(problem, lead=0))

        ranked = [c for b in batches if b.stage is Stage.RANKED for job in b.jobs for c in job.candidates]
        planned = [c for b in batches if b.stage is Stage.PLANNED for job in b.jobs for c in job.candidates]
        assert [len(c.warnings) for c in ranked] == [0, 0]
        assert [[note.code for note in c.warnings] for c in planned if c.in_plan] == [["travel-estimated"]] * 2


def test_a_refusal_names_the_told_drive():
    job, shift = a_job(appointment=Window(7 * HOUR, 7 * HOUR + 60)), a_shift()
    problem = a_problem(job, roads=roads(both_ways(DEPOT, NEARBY, 20 * MINUTE)))

    refusal = explain.why_not(problem, job, shift, start=7 * HOUR)

    assert refusal.violations[0].values["out"] == 6 * HOUR + 40 * MINUTE
