"""Machine code from Python, without fast arithmetic: the same numbers on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


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
