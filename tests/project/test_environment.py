"""`.env.example` lists every variable that is read, and none that is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scheduler_site.demo import household
from tests.project import house

READERS = {"read", "get", "getenv", "str", "int", "bool", "list", "float"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")


def test_lists_every_variable_that_is_read():
    read = {*variables_read(), *(variable for variable, _ in household.SYSTEMS.values())}
    listed = house.listed_variables()

    assert read - listed == set(), "read somewhere, but not in .env.example"
    assert listed - read == set(), "in .env.example, but read nowhere"


def variables_read() -> set[str]:
    found = set()
    for path in [*house.files(".py", under=house.PRODUCT), house.ROOT / "manage.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            found |= set(of_a_call(node)) | set(of_a_subscript(node))
    return found


def of_a_call(node: ast.AST) -> Iterator[str]:
    """`environment.read("kind", "NAME", …)`, `env.str("NAME")`, `os.environ.get("NAME")`, `os.getenv("NAME")`.

    A bare `environ` is a web request's.
    """
    if not isinstance(node, ast.Call):
        return
    called = ast.unparse(node.func)
    if called.split(".")[-1] in READERS and (called == "read" or re.search(r"\benv(ironment)?\b|^os\.", called)):
        names = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
        yield from (name for name in names[:2] if isinstance(name, str) and VARIABLE.fullmatch(name))


def of_a_subscript(node: ast.AST) -> Iterator[str]:
    """`os.environ["NAME"]`, except where it is written."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    if ast.unparse(node.value) == "os.environ" and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)
