"""Sizes and manners that hold for every file. An exception is a comment `# size: reason` (in the file's first lines,
or on or above the line of the `def`), in the comment syntax of the language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.project import house

EXEMPT = re.compile(r"(#|//|/\*|\{#)\s*size: \S+")
JSDOC = re.compile(r"^\s*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
"""Comments about types and parameters do not count towards the length of a module."""

FOLDERS_OF_MACHINES = ("home", "root", "Users", "Volumes", "media", "mnt", "opt", "private", "srv", "work", "workspace")
# Behind a host, a folder of ours or the end of a template's tag it is part of an address.
OF_A_MACHINE = re.compile(rf"(?<![\w.:/}}>)\]-])/({'|'.join(FOLDERS_OF_MACHINES)})/[\w.]")

LONGEST_FUNCTION = 40
OURS = (*house.PRODUCT, "docs", "static", "templates", "tests")


@pytest.mark.parametrize(
    ("suffix", "under", "longest"),
    [
        (".py", (*house.PRODUCT, "tests"), 300),
        (".js", ("static",), 120),
        (".mjs", ("tests",), 150),
        (".html", ("templates", *house.PRODUCT), 120),
    ],
)
def test_files_stay_small(suffix: str, under: tuple[str, ...], longest: int):
    too_long = []
    for path in house.files(suffix, under=under):
        lines = JSDOC.sub("", path.read_text()).splitlines() if suffix == ".js" else path.read_text().splitlines()
        if len(lines) > longest and "migrations" not in path.parts and not any(map(EXEMPT.search, lines[:10])):
            too_long.append(f"{house.name(path)}: {len(lines)} lines, at most {longest}")

    assert not too_long, "\n".join(too_long)


def test_lines_of_templates_stay_narrow():
    widest = 120

    too_wide = [
        f"{house.name(path)}:{number}: {len(line)} columns, at most {widest}"
        for path in house.files(".html", under=("templates", *house.PRODUCT))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > widest
    ]

    assert not too_wide, "\n".join(too_wide)


def test_functions_stay_small():
    too_long = []
    for path in house.files(".py", under=(*house.PRODUCT, "tests")):
        if "migrations" in path.parts:
            continue
        source = path.read_text()
        lines = source.splitlines()
        for function in functions(ast.parse(source)):
            length = size(function)
            nearby = lines[max(0, function.lineno - 3) : function.body[0].lineno]
            if length > LONGEST_FUNCTION and not any(map(EXEMPT.search, nearby)):
                too_long.append(f"{house.name(path)}:{function.lineno} {function.name}: {length} lines")

    assert not too_long, "\n".join(too_long)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def size(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end; what a docstring explains is not held against it."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    explained = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - explained


def test_no_file_knows_the_machine_it_was_written_on():
    places = [
        f"{house.name(path)}:{number}: {line.strip()[:80]}"
        for path in house.files(".py", ".md", ".toml", ".txt", ".html", ".js", ".mjs", ".css", ".json", ".yml", "")
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if OF_A_MACHINE.search(line)
    ]

    assert not places, "\n".join(places)


@pytest.mark.parametrize("first", FOLDERS_OF_MACHINES)
def test_a_folder_of_a_machine_is_told_from_an_address(first: str):
    folder = f"/{first}/lineup"

    assert OF_A_MACHINE.search(f"see {folder}")
    assert not OF_A_MACHINE.search(f"see https://lineup.example{folder} and docs{folder}")


def test_every_package_pin_says_why_it_is_here():
    unexplained = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (house.ROOT / name).read_text().splitlines()
        if line and not line.startswith(("#", "-")) and not re.fullmatch(r"[\w.\-\[\],]+==[\w.]+ +# \S.*", line)
    ]

    assert not unexplained, "\n".join(unexplained)


def test_documents_name_files_and_modules_that_exist():
    missing = []
    for path in [house.ROOT / "README.md", *house.files(".md", under=("docs",))]:
        text = path.read_text()
        # In code spans alone: fences hold trees and commands.
        files = re.findall(rf"`((?:{'|'.join(OURS)})/[\w./*-]+)`", text)
        missing += [f"{house.name(path)}: {file}" for file in files if not any(house.ROOT.glob(file))]
        modules = re.findall(rf"(?<![\w./-])((?:{'|'.join(house.PRODUCT)})(?!\.E\d)(?:\.\w+)+)", text)
        missing += [f"{house.name(path)}: {module}" for module in modules if not is_defined(module)]

    assert not missing, "\n".join(missing)


def is_defined(dotted: str) -> bool:
    """Whether the name leads to a file of ours, or to something that one names."""
    place = house.ROOT
    parts = dotted.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").exists():
        place /= f"{parts.pop(0)}.py"
    text = place.read_text() if place.is_file() else (place / "__init__.py").read_text()
    return all(re.search(rf"\b{part}\b", text) for part in parts)
