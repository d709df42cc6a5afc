"""Typed settings from the environment; nonsense is refused with the variable's name and a remedy."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv, ValidationError


class Environment(FileAwareEnv):
    """Reads NAME, or the file that NAME_FILE points to; an empty value counts as unset.

    Compose files and unit files hand over "" for what the operator left out.
    """

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = super()._get_value(env_key, default)
        return default if value == "" else value


env = Environment(strip_whitespace=True)


def read(kind: str, name: str, default: Any, *, remedy: str, **options: Any) -> Any:
    """The variable `name` parsed as environs' `kind`; ImproperlyConfigured names it and says what to set instead."""
    try:
        return getattr(env, kind)(name, default, **options)
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error} {remedy}") from error


def required(name: str, value: str | list[str], *, remedy: str) -> None:
    """Refuses an empty `value`."""
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")


def matches(pattern: str) -> Callable[[str], str]:
    """A part of a list, stripped; environs refuses the variable when the whole part does not match `pattern`."""

    def part(value: str) -> str:
        stripped = value.strip()
        if not re.fullmatch(pattern, stripped):
            raise ValidationError(f"{stripped!r} is not of the expected form.")
        return stripped

    return part


def network(value: str) -> str:
    """A part of a list: an address, or a network without host bits, as it is written."""
    stripped = value.strip()
    try:
        ipaddress.ip_network(stripped)
    except ValueError as error:
        raise ValidationError(f"{error}.") from error
    return stripped


def group_role(value: str) -> tuple[str, str, str]:
    """A part of a list: `group=DISTRICT:ROLE`; a star in the group stands for what it stands for in the district."""
    found = re.fullmatch(r"([^=]+)=([^:=]+):(MANAGER|VIEWER)", value.strip())
    if not found or found[1].count("*") != found[2].count("*") or found[1].count("*") > 1:
        raise ValidationError(f"{value.strip()!r} is not of the expected form.")
    if "*" in found[2] and found[2] != "*":
        raise ValidationError(f"{found[2]!r} is more than a star.")
    return found[1], found[2], found[3]


def is_file_or_empty(value: str) -> None:
    """Refuses a path at which there is no file."""
    if value and not Path(value).is_file():
        raise ValidationError(f"{value} is no file.")
