"""Where the files of the project are, for the tests that read all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = {".git", ".venv", "var", "staticfiles", "vendor", "node_modules", "__pycache__", ".hypothesis", ".coverage"}
PRODUCT = ("assignments", "notifications", "scheduler_site")


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Files of the project below the folders `under`, with one of the `suffixes`, or all when none is given."""
    for folder in under:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if any(part in NOT_OURS or part.endswith("_cache") for part in parts) or not path.is_file():
                continue
            if not suffixes or path.suffix in suffixes:
                yield path


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def listed_variables() -> set[str]:
    """The names in .env.example, set there or commented out."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
