"""Pages of the administration, sent back as a browser would."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse


def form_of(client: Client, row: Any) -> tuple[str, dict[str, Any]]:
    """The page's address, and what a browser would send back from it unchanged."""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return address, {name: value for form in forms for name, value in values_of(form)}


def values_of(form: Any) -> list[tuple[str, Any]]:
    values = []
    for bound in form:
        value = bound.value()
        parts = bound.field.widget.decompress(value) if hasattr(bound.field.widget, "decompress") else None
        names = [f"{bound.html_name}_{index}" for index in range(len(parts))] if parts else [bound.html_name]
        for name, part in zip(names, parts or [value], strict=True):
            if part is not None and part is not False:
                values.append((name, "on" if part is True else part))
    return values


def save(client: Client, row: Any, **changes: Any) -> None:
    address, form = form_of(client, row)
    response = client.post(address, form | changes)
    assert response.status_code == 302, response.context["errors"]
