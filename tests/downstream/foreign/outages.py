"""A feature service in the manner of ArcGIS, which says errors with status 200, beside a CSV of permits."""

from __future__ import annotations

from typing import Any

from tests.downstream.foreign import serving

KEY = "k3y-of-the-service"
NOON = 1_781_542_800_000
"""12:00 in Chicago on 15 June 2026, in milliseconds since 1970."""
PERMITS = """Permit No;Type;State;Job;From;To;Office
P-1;Dig;granted;WO-1;15/06/2026 07:00;20/06/2026 19:00;One-call
P-2;Road;stopped;WO-2;15/06/2026 09:00;15/06/2026 15:00;
"""


def incident(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "OBJECTID": number, "INCIDENT_ID": f"I-{number}", "LAST_EDIT": NOON + number, "JOB_NO": f"WO-{number}",
        "CIRCUIT": "F-12", "CUST_K": 0.138, "OFF_AT": NOON - 3_600_000, "ON_AT": None, **changes,
    }  # fmt: skip


class OutagesHandler(serving.ForeignHandler):
    state: dict[str, Any] = {"incidents": [incident(number) for number in (1, 2, 3)], "permits": PERMITS, "error": None}

    def get(self, path: str, query: dict[str, str]) -> None:
        if query.get("token") != KEY:
            self.reply(200, {"error": {"code": 498, "message": "Invalid token."}})
        elif path == "/exports/permits.csv":
            self.reply(200, self.state["permits"].encode(), "text/csv; charset=utf-8")
        elif self.state["error"]:
            self.reply(200, {"error": {"code": 500, "message": self.state["error"]}})
        else:
            at, most = int(query["resultOffset"]), int(query["resultRecordCount"])
            rows = self.state["incidents"][at : at + most]
            more = {"exceededTransferLimit": True} if len(self.state["incidents"]) > at + most else {}
            self.reply(200, {"features": [{"attributes": row} for row in rows], **more})

    def change(self, path: str, body: bytes) -> None:
        self.reply(405, {})


if __name__ == "__main__":
    serving.serve(OutagesHandler)
