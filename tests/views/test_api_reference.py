"""The API's page is for everybody who has signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_nobody_is_asked_to_log_in(client: Client) -> None:
    response = client.get("/api-reference/")

    assert (response.status_code, response.headers["Location"]) == (302, "/login/?next=/api-reference/")


@pytest.mark.parametrize("name", ["mara", "vic", "stella"])
def test_members_of_any_district_read_it(client: Client, request: pytest.FixtureRequest, name: str) -> None:
    person: Any = request.getfixturevalue(name)
    client.force_login(person)

    response = client.get("/api-reference/")

    assert 'data-schema-url="/api/schema/?format=json"' in response.content.decode()
    assert client.get("/api/schema/?format=json").json()["info"]["title"] == "Lineup"
