"""Plain English: docstrings open with a verb or a noun phrase, as an engineer would say it aloud; sentences that are
put together suit one name and several."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.project import house

RIDDLE = re.compile(r"(what|who|whoever|those|whose)\b", re.IGNORECASE)
# Most files have no such string at all, and need not be parsed.
MAY_OPEN_WITH_ONE = re.compile(rf"[\"']\s*{RIDDLE.pattern}", re.IGNORECASE)
# Behind a preposition they are not what the verb is about.
OF_ONE = re.compile(
    r"(?<!of )(?<!by )(?<!for )\{[\w. ]*(?<![a-z])(names|numbers|missing|codes)\}+"
    r" (is|has|was|does|needs|holds|goes|stands)\b"
)


def test_no_docstring_opens_with_a_riddle():
    riddles = [
        f"{house.name(path)}:{line}: {text}"
        for path in house.files(".py", under=(*house.PRODUCT, "tests"))
        if MAY_OPEN_WITH_ONE.search(path.read_text())
        for line, text in docstrings(ast.parse(path.read_text()))
        if RIDDLE.match(text)
    ]

    assert not riddles, "\n".join(riddles)


def test_no_verb_speaks_of_one_behind_names_that_may_be_several():
    wrong = [
        f"{house.name(path)}:{number}: {line.strip()}"
        for path in house.files(".py", ".html", under=("templates", *house.PRODUCT))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if OF_ONE.search(line)
    ]

    assert not wrong, "\n".join(wrong)


def test_no_line_may_end_between_a_number_and_its_unit():
    parted = re.compile(r"\}+ (%|h|min|s|km|km/h|m|V|kV)(?![\w'])")
    pages = [
        path
        for path in house.files(".py", under=("assignments",))
        if {"presenters", "engine"} & {*house.name(path).split("/")}
    ]
    pages += house.files(".html", under=("templates",))
    pages += [path for path in house.files(".js", under=("static",)) if "vendor" not in path.parts]
    wrong = [
        f"{house.name(path)}:{number}: {line.strip()}"
        for path in pages
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if parted.search(line)
    ]

    assert not wrong, "\n".join(wrong)


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and first line of each docstring, those below attributes and constants included."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                text = statement.value.value
                if isinstance(text, str) and text.strip():
                    yield statement.lineno, text.strip().splitlines()[0]
