"""JMESPath expressions of a manifest, and texts with such expressions in braces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import AfterValidator

_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_BRACES = re.compile(r"\{([^{}]+)\}")


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


@lru_cache(maxsize=4096)
def _steps(expression: str) -> tuple[str, ...]:
    """The names of a path that is nothing but names; none for any other expression."""
    return tuple(expression.split(".")) if _NAMES.fullmatch(expression) else ()


def search(expression: str, given: Any) -> Any:
    """The value to which the expression leads, None where there is none. Raises ValueError, in words."""
    # Most columns are a name or two: an interpreter for each value would take half of the time of a reading.
    if steps := _steps(expression):
        for step in steps:
            given = given.get(step) if isinstance(given, dict) else None
        return given
    try:
        return _compiled(expression).search(given)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"{expression} cannot be applied: {str(error)[:120] or type(error).__name__}") from error


def names_in(text: str) -> list[str]:
    """The expressions in the braces of a text."""
    return _BRACES.findall(text)


def filled(text: str, given: Mapping[str, Any], write: Callable[[str], str] = str) -> str:
    """The text with the values of its braces. Raises ValueError, in words, where one has none."""

    def value(match: re.Match[str]) -> str:
        found = search(match[1], given)
        if found is None or isinstance(found, (dict, list)):
            raise ValueError(f"{{{match[1]}}} has no value to be written into {text[:80]}")
        return write(str(found))

    return _BRACES.sub(value, text)


def _is_an_expression(text: str) -> str:
    try:
        _compiled(text)
    except RecursionError as error:
        raise ValueError(f"“{text[:60]}…” is nested too deeply") from error
    except JMESPathError as error:
        raise ValueError(f"“{text}” is no JMESPath expression: {str(error).splitlines()[0]}") from error
    return text


def _is_a_text(text: str) -> str:
    for expression in names_in(text):
        _is_an_expression(expression)
    return text


Expression = Annotated[str, AfterValidator(_is_an_expression)]
Template = Annotated[str, AfterValidator(_is_a_text)]
"""Text in which `{expression}` stands for a value."""
