"""Every address of the site, taken from its URL patterns, with a row for each of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.exceptions import NoReverseMatch
from django.utils.regex_helper import normalize

_NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Address:
    """One URL pattern: its route as the patterns spell it, and the parameters that it takes."""

    route: str
    name: str
    parameters: tuple[str, ...]
    template: str
    """The address with `%(parameter)s` for each."""

    def path(self, values: Mapping[str, Any]) -> str:
        """The address with these parameters. Raises KeyError for one without a value."""
        return "/" + self.template % {name: values[name] for name in self.parameters}

    @property
    def app(self) -> str:
        return self.name.rpartition(":")[0]


def all_of_them() -> list[Address]:
    """Every pattern, the administration's and the API's too, in the sequence of the patterns."""
    return list(_within(get_resolver(), "", ""))


def _within(resolver: URLResolver, prefix: str, spaces: str) -> Iterator[Address]:
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{spaces}{one.namespace}:" if one.namespace else spaces
            yield from _within(one, route, inner)
        elif isinstance(one, URLPattern):
            template = _template(prefix, one)
            yield Address(route, f"{spaces}{one.name}", tuple(_NAMED.findall(template)), template)


def _template(prefix: str, pattern: URLPattern) -> str:
    """The address with `%(parameter)s` for each. Raises NoReverseMatch for a pattern that is more than one address."""
    found = normalize(_as_regex(prefix) + pattern.pattern.regex.pattern.removeprefix("^").replace(r"\Z", "$"))
    if not found:
        raise NoReverseMatch(prefix)
    return str(found[0][0])


def _as_regex(prefix: str) -> str:
    return re.escape(prefix).replace(r"\^", "")
