"""Odd values typed into any field of the administration are refused or mended, and never break a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.views.adminforms import form_of
from tests.views.test_admin_opened import SET_UP

ODD = (
    "a\x00b", "[" * 50_000, "9" * 5_000, "1e400", "9999-12-31", '"\\ud83d"', '{"a": "\\u0000"}', "[1e999]",
    '{"a":' * 300 + "1" + "}" * 300,
)  # fmt: skip


@pytest.mark.parametrize("model", SET_UP, ids=lambda model: model._meta.model_name)
def test_no_value_breaks_a_form(admin_client: Client, model: Any) -> None:
    name = "Order" if model.__name__ == "WorkOrder" else model.__name__
    row = getattr(factories, f"{name}Factory")()
    address, form = form_of(admin_client, row)
    admin_client.raise_request_exception = False
    context = admin_client.get(address).context
    asked = [
        context["adminform"].form,
        *(one for each in context["inline_admin_formsets"] for one in each.formset.forms),
    ]
    typed = [one for form in asked for one in form if not one.is_hidden and not hasattr(one.field.widget, "choices")]
    every = [name for one in typed for name in (one.html_name, f"{one.html_name}_0", f"{one.html_name}_1")]
    broken = [
        (value[:20], answer.status_code)
        for value in ODD
        if (answer := admin_client.post(address, form | dict.fromkeys(every, value))).status_code >= 500
    ]

    assert broken == []
    assert admin_client.get(address).status_code == 200
