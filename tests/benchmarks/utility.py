"""The three systems of a utility of any size as one process, without any latency."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 500
"""Records."""
FIRST, DAY = "2026-11-01T12:00:00Z", "2027-01-{:02d}T{:02d}:00:00Z"


def serve(pipe: Any, orders: int, crews: int, permits: int) -> None:
    world = world_of(orders, crews, permits)
    version = dict.fromkeys(world, 1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name, query = parts.path.rsplit("/", 1)[-1], parse_qs(parts.query)
            since, page = int(query["since"][0]), int(query["page"][0])
            newer = [record for record in world[name] if record["version"] > since]
            items = newer[(page - 1) * PAGE : page * PAGE]
            more = page + 1 if len(newer) > page * PAGE else None
            body = json.dumps({"items": items, "next": more, "version": version[name]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_address[1])
    while True:
        name = pipe.recv()
        version["orders"] += 1
        emergency = {**world["orders"][0], "reference": name, "number": f"N-{name}", "priority": "EMERGENCY"}
        world["orders"].append({**emergency, "version": version["orders"]})


def world_of(orders: int, crews: int, permits: int) -> dict[str, list[dict[str, Any]]]:
    """Work of which a third needs a qualification and a tenth waits for other work; crews of three, with ten shifts."""
    return {**_people(crews), **_crews(crews), **_work(orders, permits), "absences": []}


def _people(crews: int) -> dict[str, list[dict[str, Any]]]:
    held = [{"qualification": "LINE", "issued": FIRST}]
    return {
        "qualifications": [{"reference": "LINE", "version": 1, "name": "Line work"}],
        "employees": [
            {"reference": f"E-{n}", "version": 1, "name": f"Person {n}", "district": "NORTH", "held": held}
            for n in range(3 * crews)
        ],
    }


def _crews(crews: int) -> dict[str, list[dict[str, Any]]]:
    return {
        "crews": [
            {
                "reference": f"C-{n}", "version": 1, "name": f"Line {n}", "district": "NORTH", "latitude": 41.9,
                "longitude": -88.3, "foreman": f"E-{3 * n}",
                "members": [{"employee": f"E-{3 * n + one}", "since": FIRST} for one in range(3)],
            }
            for n in range(crews)
        ],
        "equipment": [
            {"reference": f"T-{n}", "version": 1, "code": "BUCKET", "name": f"Truck {n}", "crew": f"C-{n}"}
            for n in range(crews)
        ],
        "shifts": [
            {
                "reference": f"S-{n}-{one}", "version": 1, "crew": f"C-{n}",
                "period": {"start": DAY.format(one + 1, 13), "end": DAY.format(one + 1, 23)},
            }
            for n in range(crews)
            for one in range(10)
        ],
    }  # fmt: skip


def _work(orders: int, permits: int) -> dict[str, list[dict[str, Any]]]:
    return {
        "orders": [_order(number) for number in range(orders)],
        "permits": [
            {
                "reference": f"P-{n}", "version": 1, "number": f"NO-{n}", "kind": "TRAFFIC", "status": "ISSUED",
                "order": f"W-{n}", "valid": {"start": DAY.format(1, 0), "end": DAY.format(28, 0)},
            }
            for n in range(permits)
        ],
        "outages": [
            {"reference": f"O-{n}", "version": 1, "order": f"W-{n}", "customers_out": n % 90, "started_at": FIRST}
            for n in range(0, orders, 20)
        ],
    }  # fmt: skip


def _order(number: int) -> dict[str, Any]:
    return {
        "reference": f"W-{number}", "version": 1, "number": f"N-{number}", "district": "NORTH", "kind": "CORRECTIVE",
        "priority": ("HIGH", "NORMAL", "LOW")[number % 3], "title": f"Replace cross-arm {number}",
        "latitude": 41.9 + number % 100 / 500, "longitude": -88.3, "duration_minutes": 60 + number % 90,
        "description": "As reported by the patrol.", "address": f"{number} Main Street", "feeder": f"F-{number % 40}",
        "needs": [{"qualification": "LINE"}] if number % 3 == 0 else [],
        "required_permits": ["TRAFFIC"] if number % 2 else [],
        "prerequisites": [f"W-{number - 1}"] if number % 10 == 9 else [],
        "due": "2027-01-20T12:00:00Z",
    }  # fmt: skip
