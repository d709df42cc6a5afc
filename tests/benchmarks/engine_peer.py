"""One peer of the engine on one instance; runs in the peers' environment, which knows nothing of Lineup.

    python engine_peer.py NAME INSTANCE.npz

The instance is one vehicle routing problem with time windows, skills and optional jobs. Prints one line of JSON: the
jobs of each vehicle in order, and the bytes of memory at the peak.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from datetime import timedelta

import numpy as np

FAR = 10**7


# size: one instance in the words of one library.
def pyvrp(i: dict[str, np.ndarray], seconds: float, seed: int) -> list[list[int]]:
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
    from pyvrp.stop import MaxRuntime

    jobs, bases = len(i["duration"]), len(i["travel"]) - len(i["duration"])
    # Skills are matrices: whoever lacks one finds the way to such a job too far.
    kinds, profile = np.unique(i["able"], axis=0, return_inverse=True)
    matrices = []
    for able in kinds:
        matrix = i["travel"].astype(np.int64)
        matrix[:, :jobs][:, ~able] = FAR
        matrix[:jobs][~able] = FAR
        np.fill_diagonal(matrix, 0)
        matrices.append(matrix)
    clients = [
        Client(
            location=at,
            delivery=[int(i["load"][at])],
            service_duration=int(i["duration"][at]),
            tw_early=int(i["first"][at]),
            tw_late=int(i["last"][at]),
            prize=0 if i["required"] else int(i["gain"][at]),
            required=bool(i["required"]),
        )
        for at in range(jobs)
    ]
    vehicles = [
        VehicleType(
            capacity=[int(i["capacity"][v])],
            start_depot=int(i["base"][v]) - jobs,
            end_depot=int(i["base"][v]) - jobs,
            tw_early=int(i["begin"][v]),
            tw_late=int(i["end"][v]),
            profile=int(profile.ravel()[v]),
            name=str(v),
        )
        for v in range(len(i["base"]))
    ]
    if i["required"]:
        # All vehicles are alike there: one type of many.
        v = vehicles[0]
        vehicles = [VehicleType(len(vehicles), v.capacity, tw_early=v.tw_early, tw_late=v.tw_late)]
    data = ProblemData(
        [Location(0, 0) for _ in range(jobs + bases)],
        clients,
        [Depot(location=jobs + base) for base in range(bases)],
        vehicles,
        matrices,
        matrices,
    )
    best = solve(data, MaxRuntime(seconds), seed=seed, display=False, collect_stats=False).best
    found: list[list[int]] = [[] for _ in i["base"]]
    for number, route in enumerate(best.routes()):
        found[number if i["required"] else route.vehicle_type()] = [int(a.idx) for a in route if a.is_client()]
    return found


def vroom(i: dict[str, np.ndarray], seconds: float, seed: int) -> list[list[int]]:
    import vroom as library

    # Times are unsigned there; all of an instance's are at or after 0.
    problem = library.Input()
    problem.set_durations_matrix("car", i["travel"].astype(np.uint32))
    # A skill for each kind of job: whom it may be given to.
    kinds, kind = np.unique(i["able"], axis=1, return_inverse=True)
    for at in range(len(i["duration"])):
        window = library.TimeWindow(max(0, int(i["first"][at])), int(i["last"][at]))
        problem.add_job(
            library.Job(
                at,
                location=at,
                default_service=int(i["duration"][at]),
                delivery=library.Amount([int(i["load"][at])]),
                skills={int(kind.ravel()[at])},
                priority=0 if i["required"] else int(i["weight"][at]),
                time_windows=[window],
            )
        )
    for v in range(len(i["base"])):
        problem.add_vehicle(
            library.Vehicle(
                v,
                start=int(i["base"][v]),
                end=int(i["base"][v]),
                capacity=library.Amount([int(i["capacity"][v])]),
                skills=set(np.flatnonzero(kinds[v]).tolist()),
                time_window=library.TimeWindow(int(i["begin"][v]), int(i["end"][v])),
            )
        )
    solution = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    found: list[list[int]] = [[] for _ in i["base"]]
    for route in solution.to_dict()["routes"]:
        found[route["vehicle"]] = [step["id"] for step in route["steps"] if step["type"] == "job"]
    return found


# size: one instance in the words of one library.
def ortools(i: dict[str, np.ndarray], seconds: float, seed: int) -> list[list[int]]:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    base = i["base"].tolist()
    manager = pywrapcp.RoutingIndexManager(len(i["travel"]), len(base), base, base)
    model = pywrapcp.RoutingModel(manager)
    travel = i["travel"].astype(np.int64)
    through = travel.copy()
    through[: len(i["duration"])] += i["duration"][:, None]
    distance = model.RegisterTransitMatrix(travel.tolist())
    passing = model.RegisterTransitMatrix(through.tolist())
    loading = model.RegisterUnaryTransitVector([*i["load"].tolist(), *[0] * (len(travel) - len(i["load"]))])
    model.SetArcCostEvaluatorOfAllVehicles(distance)
    latest = int(i["end"].max())
    model.AddDimension(passing, latest, latest, False, "time")
    model.AddDimensionWithVehicleCapacity(loading, 0, i["capacity"].tolist(), True, "load")
    clock = model.GetDimensionOrDie("time")
    for at in range(len(i["duration"])):
        index = manager.NodeToIndex(at)
        clock.CumulVar(index).SetRange(max(0, int(i["first"][at])), int(i["last"][at]))
        if not i["required"]:
            model.AddDisjunction([index], int(i["gain"][at]))
        able = np.flatnonzero(i["able"][:, at]).tolist()
        if len(able) < len(base):
            model.VehicleVar(index).SetValues([-1, *able])
    for place in range(len(i["duration"]), len(travel)):
        if place not in base:
            model.AddDisjunction([manager.NodeToIndex(place)], 0)
    for v in range(len(base)):
        clock.CumulVar(model.Start(v)).SetRange(int(i["begin"][v]), int(i["end"][v]))
        clock.CumulVar(model.End(v)).SetRange(int(i["begin"][v]), int(i["end"][v]))
    options = pywrapcp.DefaultRoutingSearchParameters()
    # Of five first solutions the one that served most on days of 200 jobs.
    options.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    options.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    options.time_limit.FromMilliseconds(int(seconds * 1000))
    solution = model.SolveWithParameters(options)
    found: list[list[int]] = [[] for _ in base]
    for v in range(len(base) if solution else 0):
        index = solution.Value(model.NextVar(model.Start(v)))
        while not model.IsEnd(index):
            found[v].append(manager.IndexToNode(index))
            index = solution.Value(model.NextVar(index))
    return found


SOLVERS: dict[str, Callable[[dict[str, np.ndarray], float, int], list[list[int]]]] = {
    "pyvrp": pyvrp, "vroom": vroom, "ortools": ortools,
}  # fmt: skip


def main() -> None:
    name, path = sys.argv[1:]
    instance = dict(np.load(path))
    routes = SOLVERS[name](instance, float(instance["seconds"]), int(instance["seed"]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"routes": routes, "memory": peak}))


if __name__ == "__main__":
    main()
