"""Typed settings from the environment; nonsense is refused with the variable's name and a remedy."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

env = Env()


def read(kind: str, name: str, default: Any, *, remedy: str, **options: Any) -> Any:
    """The variable `name` parsed as environs' `kind`; ImproperlyConfigured names it and says what to set instead."""
    try:
        return getattr(env, kind)(name, default, **options)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error} {remedy}") from error


def required(name: str, value: str | list[str], *, remedy: str) -> None:
    """Refuses an empty `value` in production."""
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
