"""Nobody breaks a page or a route by what they send: every parameter, header and field that it asks for.

Addresses come from the URL patterns and names from what each view asks for, so a new one is tried without a word here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.attack import addresses, asked, hostile
from tests.attack.conftest import Attacker

ADMINISTRATION = "admin"
STREAMS = {"events", "events-next", "run-events", "file-events"}
"""Answered by threads of their own, which a transaction of a test keeps waiting."""
PAGES = [
    one
    for one in addresses.all_of_them()
    if one.app != ADMINISTRATION and one.name.rpartition(":")[2] not in STREAMS | {"logout", "readyz"}
]
OF_THE_FRAMEWORK = {"format"}
"""Asked for by each route of the API in the same place; one route shows what becomes of it."""
FORM = "application/x-www-form-urlencoded"


def learned(attacker: Attacker, monkeypatch: pytest.MonkeyPatch, method: str, path: str) -> Iterator[tuple[str, str]]:
    """Each name that the view asks for with a hostile value; what it then asks for as well comes after."""
    with asked.watched(monkeypatch) as (wanted, _):
        if attacker.send(method, path, content_type=FORM) == 405:
            return
    tried: set[str] = set()
    while left := sorted(wanted - tried):
        tried.add(left[0])
        for value in hostile.some(hostile.TEXTS, (path, left[0])):
            with asked.watched(monkeypatch) as (more, _):
                yield left[0], value
            wanted |= more


def query(values: dict[str, str]) -> str:
    return urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in values.items()})


def test_parameters_of_queries(attacker: Attacker, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for one in PAGES:
        path = one.path(values)
        for name, value in learned(attacker, monkeypatch, "GET", path):
            if name not in OF_THE_FRAMEWORK or one.name == "api:orders":
                attacker.send("GET", f"{path}?{query({name: value})}")

    assert attacker.broken == []
    assert attacker.sent > 400


def test_fields_of_forms(attacker: Attacker, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (page for page in PAGES if page.app != "api"):
        path, names = one.path(values), set()
        for name, value in learned(attacker, monkeypatch, "POST", path):
            names.add(name)
            attacker.send("POST", path, query({name: value}), content_type=FORM)
        for value in hostile.some(hostile.TEXTS, path) if names else ():
            attacker.send("POST", path, query(dict.fromkeys(names, value)), content_type=FORM)

    assert attacker.broken == []
    assert attacker.sent > 150


def test_parts_of_addresses(attacker: Attacker, values: dict[str, Any]) -> None:
    for one in PAGES:
        for name in one.parameters:
            for value in hostile.some(hostile.IN_ADDRESSES, (one.route, name)):
                path = one.path(values | {name: quote(value.encode("utf-8", "surrogatepass"))})
                attacker.send("GET", path)
                attacker.send("POST", path, b"{}", content_type="application/json")

    assert attacker.broken == []


def test_headers(attacker: Attacker, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for one in PAGES:
        path = one.path(values)
        with asked.watched(monkeypatch) as (_, wanted):
            attacker.send("GET", path)
        wanted |= {"Accept", "Cookie", "If-Match", "If-None-Match", "If-Modified-Since", "Range", "X-Forwarded-For"}
        for value in hostile.some(hostile.IN_HEADERS, path):
            attacker.send("GET", path, headers=dict.fromkeys(wanted, value))

    assert attacker.broken == []


def test_streams(attacker: Attacker, values: dict[str, Any]) -> None:
    """Their threads wait for a test's transaction, so that only what is refused is sent; nobody has these districts."""
    for value in hostile.TEXTS:
        for path in ("/events/", "/api/v1/events/"):
            attacker.send("GET", f"{path}?{query({'district': value or '0'})}")
        attacker.send("GET", f"/events/?{query({'page': value})}&district=0")

    assert attacker.broken == []
