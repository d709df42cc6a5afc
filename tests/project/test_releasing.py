"""The version stands in pyproject.toml and in the changelog, and both name the same."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from tests.project import house

HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<day>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)


def test_newest_version_of_the_changelog_is_that_of_the_project():
    project = tomllib.loads((house.ROOT / "pyproject.toml").read_text())["project"]

    unreleased, newest = headings()[:2]
    assert unreleased == ("Unreleased", None)
    assert newest[0] == project["version"]


def test_versions_are_dated_and_newest_first():
    versions = [(tuple(map(int, name.split("."))), date.fromisoformat(day or "")) for name, day in headings()[1:]]

    assert versions == sorted(versions, reverse=True)


def headings() -> list[tuple[str, str | None]]:
    text = (house.ROOT / "CHANGELOG.md").read_text()
    return [(match["name"], match["day"]) for match in HEADING.finditer(text)]
