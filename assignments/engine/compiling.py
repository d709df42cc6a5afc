"""Machine code from Python, without fast arithmetic: the same numbers on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The function as machine code, kept on disk, other threads running meanwhile."""
    made: object = numba.njit(cache=True, nogil=True)(function)
    return cast(Function, made)


def inner(function: Function) -> Function:
    """As `compiled`, for functions that only compiled ones call: without the way in from Python, most of the work."""
    # Known to the compiler, not to its stubs.
    bare: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    made: object = numba.njit(cache=True, nogil=True, **bare)(function)
    return cast(Function, made)
