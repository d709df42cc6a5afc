"""Pages, messages and refusals speak as a dispatcher does: the glossary lists words that nobody should have to read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import house

GLOSSARY = house.ROOT / "docs" / "glossary.md"
SPOKEN = ("engine/rules", "engine/ranking", "presenters", "services", "views", "forms", "admin", "models", "live")
ROW = re.compile(r"^\| \*(?P<word>[^|*]+)\* \| .+ \|$", re.MULTILINE)
READ_ALOUD = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
# Code inside a template says nothing to anybody.
UNSAID = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
SCRIPT_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
SCRIPT_STRING = re.compile(r'"[^"\n]*"|`[^`]*`')
NOT_READ = {
    "assignments/engine/rules/documentation.py": "writes a page for engineers",
    "assignments/models/__init__.py": "lists names of classes",
}
# A sentence has blanks, a label a capital; codes, paths and lookups have neither.
LOOKS_SPOKEN = re.compile(r"^[A-Z]|\w \w")


def test_the_glossary_lists_words_that_pages_do_not_use():
    assert {"downstream system", "no longer stands", "verdict"} <= {*banned()}


def test_nobody_reads_a_word_that_the_glossary_keeps_off_pages():
    wanted = re.compile("|".join(rf"\b[{word[0].upper()}{word[0]}]{re.escape(word[1:])}s?\b" for word in banned()))
    wrong = [
        f"{house.name(path)}: {match[0]!r} in {text.strip()[:90]!r}"
        for path, text in spoken()
        if (match := wanted.search(re.sub(r"\s+", " ", text)))
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('"""Verdicts."""\nx = "No crew"', ["No crew"]),
        ('raise Refused(f"{order} no longer stands")', [" no longer stands"]),
        ('row.filter(verdict__text="x")', []),
    ],
)
def test_docstrings_and_lookups_are_not_read_by_anybody(source: str, said: list[str]):
    assert [*sentences(source)] == said


def banned() -> list[str]:
    section = GLOSSARY.read_text().split("## Kept off pages\n", 1)[1].split("\n## ", 1)[0]
    return [match["word"] for match in ROW.finditer(section)]


def spoken() -> Iterator[tuple[Path, str]]:
    for path in house.files(".html", under=("templates",)):
        text = UNSAID.sub(" ", path.read_text())
        yield path, " ".join([TAG.sub(" ", text), *READ_ALOUD.findall(text)])
    for path in house.files(".js", under=("static",)):
        if "vendor" not in path.parts:
            yield path, " ".join(SCRIPT_STRING.findall(SCRIPT_COMMENT.sub("", path.read_text())))
    for path in house.files(".py", under=(*(f"assignments/{room}" for room in SPOKEN), "notifications")):
        if "migrations" not in path.parts and house.name(path) not in NOT_READ:
            yield from ((path, text) for text in sentences(path.read_text()))


def sentences(source: str) -> Iterator[str]:
    """Strings that people may read: all but docstrings and what looks like a code."""
    tree = ast.parse(source)
    unread = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unread:
            yield from [node.value] if LOOKS_SPOKEN.search(node.value) else []
