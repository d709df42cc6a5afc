"""Names that mean one thing in the whole house."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.project import house

ENGINE_VALUE = "the engine's frozen value of the row of that name, for an engine without Django"
SHARED_NAMES = {
    "Command": "Django finds a command by this name",
    "DatabaseWrapper": "Django finds a database backend by this name",
    "FurtherCrew": ENGINE_VALUE,
    "Equipment": ENGINE_VALUE,
    "HeldQualification": ENGINE_VALUE,
    "Level": ENGINE_VALUE,
    "Note": "the engine's is a sentence with its values, which nobody sees under that name; the row is a person's note",
    "Permit": ENGINE_VALUE,
}
"""Class names that more than one module defines, each with the reason."""


def test_a_public_class_name_means_one_thing():
    homes = defaultdict(list)
    for path in house.files(".py", under=house.PRODUCT):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and "migrations" not in path.parts:
                homes[node.name].append(house.name(path))

    shared = {name for name, paths in homes.items() if len(paths) > 1}
    unexplained = [f"{name}: {', '.join(homes[name])}" for name in sorted(shared - SHARED_NAMES.keys())]
    assert not unexplained, "\n".join(unexplained)
    assert SHARED_NAMES.keys() <= shared, "An exception that nobody needs any more can go."


def test_no_module_of_ours_is_imported_under_another_name():
    renamed = [
        f"{house.name(path)}:{node.lineno}: {alias.name} as {alias.asname}"
        for path in house.files(".py", under=house.PRODUCT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in house.PRODUCT
        for alias in node.names
        if alias.asname
    ]

    assert not renamed, "\n".join(renamed)
