"""Managers: each logs in, opens the board again and again, and decides something of what stands on it, by chance."""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.drill import wire

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_APPROVE = re.compile(r'formaction="(/suggestions/(\d+)/approve/)"')
_UNDO = re.compile(r'formaction="(/assignments/([0-9a-f-]{36})/undo/)"')
_OVERRIDE = re.compile(r'href="(/orders/[^"/]+/override/\d+/[^"]*)"')
_NUMBER = re.compile(r'data-number="([^"]+)"')
_CREWS = re.compile(r'<option value="(\d+)"')
_START = re.compile(r'name="start" value="([^"]+)"')
JSON = "application/json"
VERBS = {
    "approve": "assignment.approved",
    "reject": "suggestion.rejected",
    "undo": "assignment.revoked",
    "move": "assignment.reassigned",
    "override": "assignment.overridden",
}
"""Verb of the audit entry of each act that was done."""
_CHANCES = {"approve": 45, "reject": 10, "undo": 15, "move": 15, "override": 12, "suggest": 3}


@dataclass(frozen=True, slots=True)
class Act:
    kind: str
    order: int
    """As the answer names it; 0 for none."""
    status: int
    began: float
    seconds: float
    code: str
    """Of a refusal."""


@dataclass(frozen=True, slots=True)
class Done:
    """Acts of one manager, and how they were answered."""

    name: str
    acts: list[Act]
    answers: Counter[wire.Outcome]
    refused: list[float]
    """Times of the answers of 503 with Retry-After."""
    pages: list[float]
    """Seconds that each page took."""


@dataclass
class Manager:
    client: wire.Client
    name: str
    password: str
    board: str
    over: asyncio.Event
    chance: random.Random
    acts: list[Act] = field(default_factory=list)
    answers: Counter[wire.Outcome] = field(default_factory=Counter)
    refused: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    """Seconds that each page took."""
    _token: str = ""

    async def work(self, pause: float) -> None:
        """Until the drill is over; `pause` is the seconds between two acts, on average."""
        while not await self._log_in():
            if self.over.is_set():
                return
            await asyncio.sleep(1 + self.chance.random())
        while not self.over.is_set():
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))
            if self.over.is_set():
                return
            kind = self.chance.choices(list(_CHANCES), weights=list(_CHANCES.values()))[0]
            page = await self._get(self.board)
            if page is not None:
                await getattr(self, f"_{kind}")(page)

    async def _log_in(self) -> bool:
        page = await self._get("/login/")
        if page is None:
            return False
        form = {"username": self.name, "password": self.password, "csrfmiddlewaretoken": self._token}
        answer = await self.client.ask("POST", "/login/", form, Accept="text/html")
        self._note("login", answer)
        return answer.status == 302

    async def _get(self, path: str) -> str | None:
        began = time.time()
        answer = await self.client.ask("GET", path, Accept="text/html,*/*")
        self.pages.append(time.time() - began)
        self._note("page", answer)
        if answer.status != 200:
            return None
        page = answer.text
        if token := _TOKEN.search(page):
            self._token = token[1]
        return page

    async def _send(self, kind: str, path: str, form: dict[str, object]) -> None:
        began = time.time()
        given = {"csrfmiddlewaretoken": self._token, **form}
        answer = await self.client.ask("POST", path, given, Accept=JSON)
        self._note("decision", answer)
        said: dict[str, object] = {}
        if "json" in answer.headers.get("content-type", ""):
            said = _read(answer)
        order, took = int(str(said.get("order", 0))), time.time() - began
        self.acts.append(Act(kind, order, answer.status, began, took, str(said.get("code", ""))))

    def _note(self, kind: str, answer: wire.Answer) -> None:
        self.answers[kind, answer.status, answer.is_patient] += 1
        if answer.is_patient:
            self.refused.append(time.time())

    async def _approve(self, page: str) -> None:
        if found := _APPROVE.findall(page):
            await self._send("approve", self.chance.choice(found)[0], {})

    async def _reject(self, page: str) -> None:
        if found := _APPROVE.findall(page):
            pk = self.chance.choice(found)[1]
            code = self.chance.choice(["NOT_SUITED", "BAD_TIME", "NEEDED_ELSEWHERE"])
            await self._send("reject", f"/suggestions/{pk}/reject/", {"code": code, "reason": "drill"})

    async def _undo(self, page: str) -> None:
        if found := _UNDO.findall(page):
            await self._send("undo", self.chance.choice(found)[0], {})

    async def _move(self, page: str) -> None:
        found = _UNDO.findall(page)
        if not found:
            return
        path = f"/assignments/{self.chance.choice(found)[1]}/move/"
        form = await self._get(path)
        if form is None or not (start := _START.search(form)):
            return
        crews, then = _CREWS.findall(form), datetime.fromisoformat(html.unescape(start[1]))
        later = then + timedelta(minutes=15 * self.chance.randrange(-4, 9))
        hidden = dict(_HIDDEN.findall(form))
        crew = self.chance.choice(crews) if self.chance.random() < 0.5 else _chosen(form) or self.chance.choice(crews)
        place = {"crew": crew, "start": later.isoformat(), "version": hidden.get("version", "0")}
        await self._send("move", path, place)

    async def _override(self, page: str) -> None:
        numbers = _NUMBER.findall(page)
        if not numbers:
            return
        day = self.board.partition("day=")[2][:10]
        table = await self._get(f"/orders/{self.chance.choice(numbers)}/why-not/?day={day}")
        found = _OVERRIDE.findall(table or "")
        if not found:
            return
        path = html.unescape(self.chance.choice(found))
        form = await self._get(path)
        if form is None or 'id="override-form"' not in form:
            return
        hidden: dict[str, object] = {"rule": []}
        for name, value in _HIDDEN.findall(form.partition('id="override-form"')[2]):
            if name == "rule":
                hidden["rule"] = [*hidden["rule"], html.unescape(value)]  # type: ignore[misc]
            else:
                hidden[name] = html.unescape(value)
        hidden.pop("csrfmiddlewaretoken", None)
        given = {**hidden, "code": "CREW_AGREED", "reason": "drill"}
        await self._send("override", path.partition("?")[0], given)

    async def _suggest(self, page: str) -> None:
        hidden = dict(_HIDDEN.findall(page.partition('id="board-form"')[2].partition("</form>")[0]))
        await self._send("suggest", "/runs/", {"district": hidden["district"], "day": hidden["day"]})


def _read(answer: wire.Answer) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(answer.text)
    except ValueError:
        return {}
    return found


def _chosen(form: str) -> str:
    found = re.search(r'<option value="(\d+)" selected', form)
    return found[1] if found else ""
