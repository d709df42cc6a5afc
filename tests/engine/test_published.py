"""Published instances of customers and technicians are read whole, and every plan of them is proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks import drawn, routing, solomon, technicians
from tests.benchmarks.engine_customers import class_of
from tests.benchmarks.engine_ours import READERS, customers
from tests.benchmarks.routing import MUST

HOMBERGER = """R1_2_1

VEHICLE
NUMBER     CAPACITY
  50         200

CUSTOMER
CUST NO.  XCOORD.    YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME

    0      70         70          0          0        634          0
    1      33         78         20        155        165         10
    2      59         52         20          0        500         10
"""

# The technicians of the second have the same rows, so that what a space after a comma does to them shows.
TRSP = """R101.3_2-5-5-5

INFO
CREW COUNT  SKILLS    TOOLS   SPARE PARTS
        2        5        5             5

DEPOT TECHNICIANS AND REQUESTS
ID           X        Y     TWS     TWE    Serv     SKILLS   TOOLS    SPARE PARTS
0         35.0     35.0     0.0   230.0     0.0 \t[] \t[] \t[]
1         10.0     20.0     0.0   230.0     0.0 \t[0, 2] \t[1, 3] \t[0,2,0,5,0]
2         60.0     50.0    10.0   200.0     0.0 \t[1,2,4] \t[] \t[3,0,0,0,2]
3         41.0     49.0   161.0   171.0    10.0 \t[2] \t[3] \t[0,1,0,0,0]
4         35.0     17.0    50.0    60.0    10.0 \t[2] \t[] \t[0,0,0,0,0]
5         55.0     45.0   116.0   126.0    10.0 \t[3] \t[] \t[0,0,0,0,0]
"""

TASKS = """Capacity: 200
Number of tasks: 3


1\t40\t50\t0\t0\t1236\t0\t0\t0\t0\t0\t0\t0\t0
2\t45\t68\t10\t912\t967\t90\t203\t1\t1\t0\t0\t0\t0
3\t45\t70\t30\t825\t870\t90\t205\t1\t0\t0\t1\t1\t1
"""
TECHNICIANS = """Technicians
Number of technicians: 2





1\t2\t0
2\t1\t3

"""


def read(tmp_path, form, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return READERS[form](tmp_path)


@pytest.fixture
def trsp(tmp_path):
    [day] = read(tmp_path, "trsp", R101_txt=TRSP)
    return day


@pytest.fixture
def kovacs(tmp_path):
    files = {"tasks_noTeam": TASKS, "technicians_noTeam": TECHNICIANS}
    for folder, text in files.items():
        name = "C101_2x3_noTeam.txt" if text is TASKS else "technicians_C101_2x3_noTeam.txt"
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    [day] = READERS["kovacs"](tmp_path)
    return day


def test_a_file_of_homberger_is_read_whole(tmp_path):
    [day] = read(tmp_path, "homberger", R1_2_1_txt=HOMBERGER)

    assert (day.name, len(day.base), day.capacity, day.required) == ("R1_2_1", 50, 200, True)
    assert day.places.tolist() == [[33, 78], [59, 52], [70, 70]]
    assert (day.first.tolist(), day.last.tolist()) == ([155, 0], [165, 500])
    assert (day.load.tolist(), day.duration.tolist()) == ([20, 20], [10, 10])
    assert (set(day.base.tolist()), set(day.begin.tolist()), set(day.end.tolist())) == ({2}, {0}, {634})


def test_the_best_known_costs_lie_beside_the_files(tmp_path):
    (tmp_path / "best_known.json").write_text('{"r1_2_1": {"distance": 4784.11, "vehicles": 20}}')

    [day] = read(tmp_path, "homberger", R1_2_1_txt=HOMBERGER)

    assert day.best_known == 4784.11


def test_a_file_of_trsp_is_read_whole(trsp):
    assert trsp.name == "R101.3_2-5-5-5"
    assert trsp.places.tolist() == [[41, 49], [35, 17], [55, 45], [10, 20], [60, 50]]
    assert (trsp.base.tolist(), trsp.begin.tolist(), trsp.end.tolist()) == ([3, 4], [0, 10], [230, 200])
    assert (trsp.first.tolist(), trsp.last.tolist()) == ([161, 50, 116], [171, 60, 126])
    assert trsp.duration.tolist() == [10, 10, 10]
    # The first request needs a tool that the second technician has not, the last one a skill that nobody has.
    assert trsp.able.tolist() == [[True, True, False], [False, True, False]]


def test_ways_by_road_of_trsp_are_refused(tmp_path):
    with pytest.raises(ValueError, match="ways by road"):
        read(tmp_path, "trsp", R101_txt=TRSP + "DISTANCES\n0;0.0\n")


def test_the_files_of_kovacs_are_read_whole(kovacs):
    assert kovacs.name == "C101_2x3_noTeam complete"
    assert kovacs.places.tolist() == [[45, 68], [45, 70], [40, 50]]
    assert (kovacs.first.tolist(), kovacs.last.tolist()) == ([912, 825], [967, 870])
    assert (kovacs.duration.tolist(), kovacs.base.tolist(), kovacs.end.tolist()) == ([90, 90], [2, 2], [1236, 1236])
    # Two units of skill, and four: 200 and the number of them to the power of 1.5.
    assert kovacs.absence == pytest.approx([200 + 2**1.5, 200 + 4**1.5])
    assert kovacs.able.tolist() == [[True, False], [False, True]]


def test_fewer_technicians_are_another_instance(tmp_path, kovacs):
    (tmp_path / "techniciansReduced_noTeam").mkdir()
    its = tmp_path / "techniciansReduced_noTeam" / "technicians_C101_2x3_noTeam.txt"
    its.write_text("\n".join(TECHNICIANS.splitlines()[:8]))

    complete, reduced = technicians.read_kovacs(tmp_path)

    assert (complete.name, len(complete.base)) == ("C101_2x3_noTeam complete", 2)
    assert (reduced.name, len(reduced.base)) == ("C101_2x3_noTeam reduced", 1)


class TestProof:
    def test_reckons_the_ways_and_what_is_left_out(self, trsp):
        cost = trsp.cost([[1, 0], []])

        ways = np.hypot(25, 3) + np.hypot(6, 32) + np.hypot(31, 29)
        assert cost == pytest.approx(ways + MUST)

    @pytest.mark.parametrize(
        ("routes", "why"),
        [
            ([[1], [1]], "exactly once"),
            ([[], [0]], "may not do"),
            ([[0, 1], []], "reached late"),
            ([[], [], []], "more vehicles"),
        ],
    )
    def test_refuses_what_nobody_can_do(self, trsp, routes, why):
        with pytest.raises(ValueError, match=why):
            trsp.cost(routes)

    def test_refuses_a_return_after_the_end(self, trsp):
        with pytest.raises(ValueError, match="returns late"):
            replace(trsp, end=np.array([180, 200])).cost([[0], []])

    def test_refuses_a_vehicle_that_carries_too_much(self, trsp):
        with pytest.raises(ValueError, match="carries too much"):
            replace(trsp, load=np.array([2, 2, 2]), capacity=3).cost([[1, 0], []])

    def test_refuses_to_leave_out_what_must_be_served(self, trsp):
        with pytest.raises(ValueError, match="exactly once"):
            replace(trsp, required=True).cost([[0], []])


# The search is compiled anew for ways in 32 bits, which takes longer than all other tests of the engine.
@pytest.mark.long
def test_our_plan_of_technicians_serves_all_that_it_can(trsp, kovacs):
    for day, left in ((trsp, MUST), (kovacs, 0.0)):
        found = customers(day, 1, 0.1)

        assert left <= day.cost(found["routes"]) < left + 250


@pytest.mark.parametrize("form", ["homberger", "trsp", "kovacs"])
def test_drawn_instances_are_read_in_every_format(tmp_path, form):
    drawn.write(tmp_path, 20, 1)

    days = READERS[form](tmp_path / form)

    assert sorted(class_of(day.name) for day in days) == ["C1", "C2", "R1", "R2", "RC1", "RC2"]
    assert all(len(day.first) == 20 and day.able.any() for day in days)


def test_a_list_of_best_known_distances_may_be_misprinted(tmp_path):
    [day] = read(tmp_path, "solomon", R109_txt=HOMBERGER)

    assert not solomon.is_misprinted(day)
    assert solomon.is_misprinted(replace(day, best_known=1101.37))


def test_what_the_peers_get_is_in_thousandths(kovacs):
    told = kovacs.for_peers()

    assert told["travel"][0, 1] == 2 * routing.SCALE
    assert told["gain"].tolist() == [202_828, 208_000]
    assert told["able"].shape == (2, 2)
