"""A work management system in the manner of Maximo: tokens of five seconds, offsets, nested crafts, hours, a PATCH."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from tests.downstream.foreign import serving

LIFE = 5
BOOK = "/oslc/os/mxapiwodetail"


def work_order(number: str, **changes: Any) -> dict[str, Any]:
    return {
        "wonum": number, "siteid": "BEDFORD", "description": f"Replace pole {number}", "worktype": "CM",
        "wopriority": 3, "status": "APPR", "estdur": 1.5, "changedate": "2026-06-15T07:00:00-05:00",
        "targcompdate": "2026-06-20T17:00:00", "_rowstamp": "1000",
        "serviceaddress": {"latitudey": 41.88, "longitudex": -87.63, "formattedaddress": "1 Pole Road"},
        "wplabor": [
            {"craft": "LINEMAN", "skilllevel": "FIRSTCLASS", "quantity": 1},
            {"craft": "LINEMAN", "skilllevel": None, "quantity": 2},
        ],
        **changes,
    }  # fmt: skip


class MaximoHandler(serving.ForeignHandler):
    state: dict[str, Any] = {
        "orders": [work_order(f"WO-{number}") for number in range(1, 6)],
        "tokens": [],
        "uses": 0,
        "uses_of_a_token": 1_000,
        "patched": [],
        "answers": [],
        "locked": False,
    }

    def get(self, path: str, query: dict[str, str]) -> None:
        if not self._is_let_in():
            self.reply(401, {"Error": {"message": "BMXAA7901E - the token is not valid"}})
            return
        if path != BOOK:
            self.reply(404, {})
            return
        rows = [row for row in self.state["orders"] if not isinstance(row, dict) or row["siteid"] == query["siteid"]]
        if since := query.get("updated_since"):
            rows = [row for row in rows if datetime.fromisoformat(row["changedate"]) >= datetime.fromisoformat(since)]
        at, limit = int(query["offset"]), int(query["limit"])
        self.reply(200, {"member": rows[at : at + limit], "responseInfo": {"totalCount": len(rows)}})

    def change(self, path: str, body: bytes) -> None:
        if path == "/oauth/token":
            self._give_token(body)
        elif not self._is_let_in():
            self.reply(401, {"Error": {"message": "BMXAA7901E - the token is not valid"}})
        elif self.state["answers"]:
            status, words = self.state["answers"].pop(0)
            self.reply(status, {"Error": {"message": words}})
        elif self.command == "PATCH" and path.startswith(f"{BOOK}/"):
            told = {"order": path.rpartition("/")[2], "key": self.headers["Idempotency-Key"], **json.loads(body)}
            self.state["patched"].append(told)
            self.reply(200, {"_rowstamp": 2000 + len(self.state["patched"])})
        else:
            self.reply(405, {})

    def _give_token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.state["locked"] or form.get("grant_type") != "client_credentials":
            self.reply(400, {"error": "invalid_client", "message": "the client is locked"})
        elif self.headers["Authorization"] != f"Basic {base64.b64encode(b'lineup:s3cret').decode()}":
            self.reply(401, {"error": "invalid_client", "message": "unknown client"})
        else:
            self.state["tokens"].append([f"token-{len(self.state['tokens'])}", time.time(), 0])
            self.reply(200, {"access_token": self.state["tokens"][-1][0], "expires_in": LIFE, "token_type": "Bearer"})

    def _is_let_in(self) -> bool:
        for token in self.state["tokens"]:
            if self.headers["Authorization"] == f"Bearer {token[0]}":
                token[2] += 1
                return time.time() - token[1] < LIFE and token[2] <= self.state["uses_of_a_token"]
        return False


if __name__ == "__main__":
    serving.serve(MaximoHandler)
