"""Names that a view asks for in the address, in a form and in a body: learned by watching it, not from a list."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import QueryDict
from django.http.request import HttpHeaders
from django.utils.datastructures import MultiValueDict

Names = set[str]


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Names, Names]]:
    """The names looked up in query strings and forms, and in headers, while the block runs."""
    fields: Names = set()
    headers: Names = set()
    with monkeypatch.context() as patch:
        for name in ("__getitem__", "__contains__", "get", "getlist", "_getlist"):
            patch.setattr(MultiValueDict, name, _noting(getattr(MultiValueDict, name), fields))
        patch.setattr(HttpHeaders, "__getitem__", _noting(HttpHeaders.__getitem__, headers))
        patch.setattr(HttpHeaders, "get", _noting(HttpHeaders.get, headers), raising=False)
        yield fields, headers


def _noting(method: Callable[..., Any], noted: Names) -> Callable[..., Any]:
    @functools.wraps(method)
    def seen(self: Any, key: Any, *args: Any, **options: Any) -> Any:
        # Other dictionaries of the same kind are looked into as well.
        if isinstance(key, str) and isinstance(self, QueryDict | HttpHeaders):
            noted.add(key)
        return method(self, key, *args, **options)

    return seen
