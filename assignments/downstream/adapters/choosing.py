"""The adapters that there are: those built in, and those of installed packages.

A package offers one as an entry point of the group `lineup.adapters`: its name, and a class that is a `seam.Adapter`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from assignments.downstream import seam
from assignments.downstream.adapters import contract
from assignments.downstream.adapters.mapped import adapter
from assignments.downstream.trouble import SystemUnavailable

GROUP = "lineup.adapters"
CONTRACT, MAPPED = "contract", "mapped"
_BUILT_IN: dict[str, tuple[str, type[seam.Adapter]]] = {
    CONTRACT: ("Lineup's own protocol", contract.ContractAdapter),
    MAPPED: ("A protocol of its own, mapped by a manifest", adapter.MappedAdapter),
}


@cache
def _installed() -> dict[str, EntryPoint]:
    return {one.name: one for one in entry_points(group=GROUP) if one.name not in _BUILT_IN}


def choices() -> list[tuple[str, str]]:
    """Names of adapters, with words for them."""
    built_in = [(name, words) for name, (words, _) in _BUILT_IN.items()]
    return [*built_in, *((name, f"{name}, of {one.value}") for name, one in sorted(_installed().items()))]


def made(name: str, set_up: seam.SetUp) -> seam.Adapter:
    """The adapter of that name for a system. Raises SystemUnavailable when it cannot be had here."""
    if name in _BUILT_IN:
        return _BUILT_IN[name][1](set_up)
    if name not in _installed():
        raise _missing(f"the adapter {name} is not installed where this runs")
    try:
        found = _installed()[name].load()
    except Exception as error:
        raise _missing(f"the adapter {name} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, seam.Adapter)):
        raise _missing(f"the adapter {name} is no adapter: {found!r} is not a class that is a seam.Adapter")
    return found(set_up)


def _missing(detail: str) -> SystemUnavailable:
    return SystemUnavailable(detail[:300], permanent=True, is_sent=False)
