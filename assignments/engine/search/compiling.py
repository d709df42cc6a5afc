"""Machine code from Python, without fast arithmetic: the same numbers on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

ENGINE = Path(__file__).resolve().parent.parent
ROOMS = ("domain", "search")
"""Rooms of the engine whose functions and numbers end up in machine code."""

SETTINGS: Any = numba.config

Function = TypeVar("Function", bound=Callable[..., Any])


def cache_folder(sources: Iterable[Path], *, below: str) -> str:
    """Folder of the machine code made from these sources: another one for each state of them.

    numba looks only at the file of the function that it loads. Code that was compiled into it from another file stays
    as it was, and a class that was renamed there makes the load fail: after an upgrade in place every run would fail.
    """
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return str(Path(below).resolve() / f"engine-{digest.hexdigest()[:16]}")


def compiled_from() -> list[Path]:
    """Every file that machine code is made from: a change of a rule or a sentence compiles nothing anew."""
    return [source for room in ROOMS for source in (ENGINE / room).rglob("*.py")]


# Where the folder cannot be written, numba takes the next place that it knows: beside the file, then the user's cache.
SETTINGS.CACHE_DIR = cache_folder(compiled_from(), below=SETTINGS.CACHE_DIR or str(ENGINE / "__pycache__"))

# What the compiler knows and its stubs do not. Without reference counts a step of the search takes a third of the time:
# no function below makes an array, and whoever calls from Python holds those it hands over.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
_BARE: dict[str, Any] = {**_UNCOUNTED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: Function) -> Function:
    """The function as machine code, kept on disk, other threads running meanwhile; it may not make arrays."""
    made: object = numba.njit(cache=True, nogil=True, **_UNCOUNTED)(function)
    return cast(Function, made)


def allocating(function: Function) -> Function:
    """As `compiled`, for functions that make arrays."""
    made: object = numba.njit(cache=True, nogil=True)(function)
    return cast(Function, made)


def inner(function: Function) -> Function:
    """As `compiled`, for functions that only compiled ones call: without the way in from Python, most of the work."""
    made: object = numba.njit(cache=True, nogil=True, **_BARE)(function)
    return cast(Function, made)


def inlined(function: Function) -> Function:
    """As `inner`, written into the functions that call it: a call hands over every array of the model, which in the
    innermost loops takes longer than what is called."""
    made: object = numba.njit(cache=True, nogil=True, inline="always", **_BARE)(function)
    return cast(Function, made)
