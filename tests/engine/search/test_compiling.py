"""Machine code on disk belongs to one state of the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from assignments.engine.search import compiling


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    kernel, moves = tmp_path / "kernel.py", tmp_path / "moves.py"
    kernel.write_text("class Choice: ...")
    moves.write_text("import kernel")
    return [kernel, moves]


def test_the_same_sources_find_their_code_again(sources: list[Path], tmp_path: Path):
    assert compiling.cache_folder(sources, below=str(tmp_path)) == compiling.cache_folder(
        reversed(sources), below=str(tmp_path)
    )


def test_a_change_in_any_file_leaves_the_code_of_all_behind(sources: list[Path], tmp_path: Path):
    before = compiling.cache_folder(sources, below=str(tmp_path))
    sources[0].write_text("class InsertionOrder: ...")

    assert compiling.cache_folder(sources, below=str(tmp_path)) != before


def test_the_compiler_keeps_its_code_there():
    kept = Path(compiling.SETTINGS.CACHE_DIR)

    assert str(kept) == compiling.cache_folder(compiling.compiled_from(), below=str(kept.parent))


def test_compiled_functions_take_nothing_from_elsewhere():
    outside = {
        (source.name, name.name)
        for source in compiling.compiled_from()
        if {"compiled", "inner", "allocating"} & {one.name for _, one in _imported(source)}
        for module, name in _imported(source)
        if module.startswith("assignments.") and not module.startswith(_ROOMS)
    }

    # A type, which is gone when code is made.
    assert {name for _, name in outside} == {"Numbers"}


_ROOMS = tuple(f"assignments.engine.{room}." for room in compiling.ROOMS)


def _imported(source: Path) -> list[tuple[str, ast.alias]]:
    found = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.ImportFrom)]
    return [(node.module or "", name) for node in found for name in node.names]
