"""The way from one page to the next."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urljoin

import httpx

from assignments.downstream import trouble
from assignments.downstream.adapters.mapped import asking, expressions
from assignments.downstream.adapters.mapped.answers import AnsweredPage
from assignments.downstream.adapters.mapped.manifest import (
    CursorPaging,
    LinkPaging,
    OffsetPaging,
    PagePaging,
    Paging,
)
from assignments.downstream.adapters.mapped.words import Scalar

Place = int | str
"""Number, offset, cursor or address of a page."""


def params(paging: Paging | None, at: Place | None) -> dict[str, Scalar]:
    """Parameters that ask for the page; None is the first."""
    match paging:
        case PagePaging():
            sizes: dict[str, Scalar] = {paging.size_param: paging.size} if paging.size_param and paging.size else {}
            return {paging.param: paging.first if at is None else at, **sizes}
        case OffsetPaging():
            return {paging.param: at or 0, paging.size_param: paging.size}
        case CursorPaging() if at is not None:
            return {paging.param: at}
    return {}


def following(paging: Paging | None, at: Place | None, page: AnsweredPage, address: str) -> Place | None:
    """The page after this one, None behind the last. Raises SystemUnavailable for one that cannot be."""
    match paging:
        case PagePaging():
            number = int(paging.first if at is None else at)
            return number + 1 if _goes_on(paging.more, paging.size, page) else None
        case OffsetPaging():
            return int(at or 0) + len(page.items) if _goes_on(paging.more, paging.size, page) else None
        case CursorPaging():
            return _another(at, _named(paging.next, page))
        case LinkPaging():
            named = _named(paging.next, page) if paging.next is not None else _header(page)
            found = _another(at, urljoin(address, str(named)) if named else None)
            if found is not None and not asking.is_same_host(str(found), address):
                raise trouble.SystemUnavailable(f"names a page at another host: {str(found)[:100]}", permanent=True)
            return found
    return None


def digest(page: AnsweredPage) -> str:
    """Tells whether a page is the one before: a system that does not know the parameter gives the first for ever."""
    try:
        items = json.dumps(page.items).encode()
    except RecursionError:
        items = page.answer.body
    return hashlib.blake2s(items, digest_size=8).hexdigest()


def _goes_on(more: str | None, size: int | None, page: AnsweredPage) -> bool:
    if not page.items:
        return False
    if more is not None:
        return bool(_named(more, page))
    return size is None or len(page.items) >= size


def _named(expression: str, page: AnsweredPage) -> Any:
    try:
        return expressions.search(expression, page.body)
    except ValueError as error:
        raise trouble.SystemUnavailable(f"does not say which page comes next: {error}") from error


def _another(at: Place | None, named: Any) -> Place | None:
    if named in (None, "", False):
        return None
    if isinstance(named, bool) or not isinstance(named, int | str):
        raise trouble.SystemUnavailable("names a next page that is neither a number nor a text", permanent=True)
    if named == at:
        raise trouble.SystemUnavailable(f"names page {str(named)[:60]} as the one after itself", permanent=True)
    return named


def _header(page: AnsweredPage) -> str | None:
    links = httpx.Response(200, headers={"Link": page.answer.headers.get("Link", "")}).links
    return links.get("next", {}).get("url")
