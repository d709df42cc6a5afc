"""Docstrings in plain English: they open with a verb or a noun phrase, as an engineer would say it aloud."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.project import house

RIDDLE = re.compile(r"(what|who|whoever|those|whose)\b", re.IGNORECASE)


def test_no_docstring_opens_with_a_riddle():
    riddles = [
        f"{house.name(path)}:{line}: {text}"
        for path in house.files(".py", under=(*house.PRODUCT, "tests"))
        for line, text in docstrings(ast.parse(path.read_text()))
        if RIDDLE.match(text)
    ]

    assert not riddles, "\n".join(riddles)


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and first line of each docstring, those below attributes and constants included."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                text = statement.value.value
                if isinstance(text, str) and text.strip():
                    yield statement.lineno, text.strip().splitlines()[0]
