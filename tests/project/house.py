"""Where the files of the project are, for the tests that read all of them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = {".git", ".venv", "var", "staticfiles", "vendor", "node_modules", "__pycache__", ".hypothesis", ".coverage"}
PRODUCT = ("assignments", "notifications", "scheduler_site")


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Files of the project below the folders `under`, with one of the `suffixes`, or all when none is given."""
    for folder in under:
        for path in _below(ROOT / folder):
            if not suffixes or path.suffix in suffixes:
                yield path


@functools.cache
def _below(folder: Path) -> list[Path]:
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if name not in NOT_OURS and not name.endswith("_cache")]
        found += [Path(place) / name for name in names if name not in NOT_OURS and not name.endswith("_cache")]
    return sorted(found)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def listed_variables() -> set[str]:
    """The names in .env.example, set there or commented out."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
