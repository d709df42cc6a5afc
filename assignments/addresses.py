"""Path converters shared by pages and API."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class NameConverter(StringConverter):
    """A name as people and other systems give it, slashes and all; longer addresses of the same beginning come first.

    PostgreSQL breaks off a query about a name with a NUL in it.
    """

    regex = r"[^\x00]+"


register_converter(NameConverter, "name")
