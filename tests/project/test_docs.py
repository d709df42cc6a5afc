"""The documents name what is there: links lead somewhere, files and functions exist, terms mean one thing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps

from tests.project import house

DOCS = house.ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    return [path for path in house.files(".md") if "ISSUE_TEMPLATE" not in path.parts]


def headings(text: str, depth: int | None = None) -> list[str]:
    marks = "#{1,6}" if depth is None else "#" * depth
    return re.findall(rf"^{marks} (.+?)\s*$", CODE.sub("", text), re.MULTILINE)


def anchor(heading: str) -> str:
    """The name by which a heading is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", documents(), ids=house.name)
def test_links_lead_somewhere(document: Path):
    links = LINK.finditer(CODE.sub("", document.read_text()))

    assert [match[0] for match in links if not leads(document, match["path"], match["anchor"])] == []


def leads(document: Path, path: str, to: str | None) -> bool:
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not to or to in map(anchor, headings(target.read_text())))


def test_every_page_is_linked_from_readme_or_contributing():
    linked = {
        (document.parent / match["path"]).resolve()
        for document in (house.ROOT / "README.md", DOCS / "contributing.md")
        for match in LINK.finditer(document.read_text())
    }

    assert {house.name(page) for page in DOCS.glob("*.md") if page not in linked} == set()


class TestGlossary:
    text = (DOCS / "glossary.md").read_text()

    def test_no_term_is_explained_twice(self):
        terms = Counter(term.lower() for term in headings(self.text, 3))

        assert [term for term, times in terms.items() if times > 1] == []

    def test_no_term_is_a_word_to_avoid(self):
        avoided = {
            word.strip(" .`").lower()
            for line in re.findall(r"\*Avoid\*: ([^.]+)\.", self.text)
            # "region, territory (which is …)" and "booking, except towards …": the words alone.
            for word in re.sub(r"\(.*?\)|, (except|which) .*", "", line).split(",")
        }

        assert avoided
        assert avoided & {term.lower() for term in headings(self.text, 3)} == set()


class TestStatesOfTheDomain:
    def test_tables_are_those_of_the_models(self):
        assert tables() == {
            model.__name__: {
                model.Status(state).label: {model.Status(to).label for to in following}
                for state, following in model.TRANSITIONS.items()
                if following
            }
            for model in (apps.get_model("assignments", name) for name in tables())
        }

    def test_every_machine_but_that_of_a_batch_has_its_table(self):
        machines = {model.__name__ for model in apps.get_models() if hasattr(model, "TRANSITIONS")}

        assert machines - set(tables()) == {"BatchItem"}


def tables() -> dict[str, dict[str, set[str]]]:
    """By machine, as `docs/domain.md` has it: from each state to those that may follow."""
    section = (DOCS / "domain.md").read_text().partition("## States")[2]
    found = {}
    for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| (?!from|---)(.+?) \| (.+?) \|$", part, re.MULTILINE)
        found[part.split("\n", 1)[0].strip()] = {state: set(following.split(" · ")) for state, following in rows}
    return found


class TestArchitecture:
    text = (DOCS / "architecture.md").read_text()
    floors = ("assignments/engine", "assignments/services", "assignments/presenters", "notifications/streams")

    def test_has_four_walks(self):
        assert len([title for title in headings(self.text, 2) if title.startswith("Walk ")]) == 4

    @pytest.mark.parametrize(("file", "name"), re.findall(r"^\| `([\w./-]+\.\w+)` \| `(\w+)` \|", text, re.MULTILINE))
    def test_what_a_walk_names_exists(self, file: str, name: str):
        source = (house.ROOT / file).read_text()

        defines = {".py": rf"^(async def|def|class) {name}\b|FUNCTION {name}\b", ".js": rf"\b(class|function) {name}\b"}
        assert re.search(defines[Path(file).suffix], source, re.MULTILINE)

    def test_each_room_has_its_line_and_no_other(self):
        listed = re.findall(r"^\| `((?:assignments|notifications)/\w+/\w+)` \|", self.text, re.MULTILINE)

        assert sorted(listed) == sorted(
            house.name(room)
            for floor in self.floors
            for room in (house.ROOT / floor).iterdir()
            if (room / "__init__.py").exists()
        )


def test_the_ten_recipes_name_files():
    recipes = re.split(r"^## ", (DOCS / "changing.md").read_text(), flags=re.MULTILINE)[1:]

    assert len(recipes) == 10
    assert [recipe.split("\n", 1)[0] for recipe in recipes if "| file | what" not in recipe] == []
