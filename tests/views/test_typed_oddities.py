"""Odd dates and numbers that people and programs type are refused, and never break a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.services.files import columns
from tests import factories

DAYS = (
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "x\x00",
    "\ud83d",
    str(10**30),
    "1900-01-01",
)
NUMBERS = ("0", "-1", str(10**30), "1e9", "x\x00", "NaN", "\u0663")


def quoted(value: str) -> str:
    return value.encode("utf-8", "surrogatepass").decode("latin-1")


def failing(manager: Client, order: models.WorkOrder, asked: dict[str, tuple[str, ...]]) -> dict[Any, int]:
    """Statuses from 500 on, by page, name and value."""
    pages = [f"/districts/NORTH/{page}" for page in ("board/", "today/", "schedule/", "permits/", "map/")]
    pages += [f"/orders/{order.number}/", f"/orders/{order.number}/why-not/", f"/orders/{order.number}/row/"]
    answers = {
        (page, name, value): manager.get(page, {name: quoted(value)}).status_code
        for page in pages
        for name, values in asked.items()
        for value in values
    }
    return {asked: status for asked, status in answers.items() if status >= 500}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/Chicago"])
def test_days_in_queries_of_pages(manager: Client, order: models.WorkOrder, zone: str) -> None:
    models.District.objects.update(time_zone=zone)

    assert failing(manager, order, {"day": DAYS}) == {}


def test_numbers_in_queries_of_pages(manager: Client, order: models.WorkOrder) -> None:
    assert failing(manager, order, {"page": NUMBERS[:3], "span": NUMBERS[:3]}) == {}


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("2026-06-15T12:00:00", 400),
        ("x\x00", 400),
        # Since ever, or since nothing: no zone leads out of the calendar.
        ("9999-12-31T23:59:59-12:00", 200),
        ("0001-01-01T00:00:00Z", 200),
    ],
)
def test_times_in_queries_of_the_api(manager: Client, order: models.WorkOrder, typed: str, status: int) -> None:
    answers = [
        manager.get(f"/api/v1/{route}/", {name: typed}).status_code
        for route, name in (("orders", "updated_since"), ("shifts", "after"), ("absences", "before"))
    ]

    assert answers == [status, status, status]


@pytest.mark.parametrize(
    "typed",
    ["2026-06-15T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 10**30, "\ud83d", "\x00", None, {}],
)
def test_times_in_bodies_of_the_api(manager: Client, order: models.WorkOrder, typed: Any) -> None:
    for path, body in (
        (f"/api/v1/orders/{order.number}/restoration/", {"back_at": typed, "reason": "x"}),
        ("/api/v1/runs/", {"district": "NORTH", "day": typed}),
        ("/api/v1/batches/", {"district": "NORTH", "day": typed}),
    ):
        answer = manager.post(path, body, content_type="application/json")
        assert 400 <= answer.status_code < 500, path


def test_a_time_without_an_offset_is_refused_with_what_to_give(manager: Client, order: models.WorkOrder) -> None:
    body = {"back_at": "2026-06-15T12:00:00", "reason": "x"}

    answer = manager.post(f"/api/v1/orders/{order.number}/restoration/", body, content_type="application/json")

    assert answer.status_code == 400
    assert "Give the offset" in answer.json()["errors"][0]["detail"]


def test_texts_in_forms(manager: Client, order: models.WorkOrder) -> None:
    for text in ("\x00", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1")):
        for path, values in (
            ("/districts/NORTH/views/save/", {"name": text, "query": text}),
            ("/runs/", {"district": "NORTH", "day": text}),
            (f"/orders/{order.number}/restoration/", {"back_at": text, "reason": text}),
            ("/districts/NORTH/storm/declare/", {"reason": text}),
        ):
            assert manager.post(path, values).status_code < 500, path


def test_times_in_files_and_forms_of_the_administration(db: None) -> None:
    with pytest.raises(ValueError, match="outside the years 1970 to 2199"):
        columns.moment_of("9999-12-31T00:00Z", lambda: None)
    for text in ("0001-01-01", "9999-12-31"):
        admin = Client()
        admin.force_login(factories.UserFactory(username=f"ada{text}", is_staff=True, is_superuser=True))
        permit = factories.PermitFactory()
        page = reverse("admin:assignments_permit_change", args=[permit.pk])
        form = admin.get(page).context["adminform"].form
        values = {
            f"{name}": value for name, value in form.initial.items() if value is not None and name != "valid_from"
        }

        answer = admin.post(page, {**values, "valid_from_0": text, "valid_from_1": "00:00:00"})

        assert answer.status_code == 200
        assert "valid_from" in answer.context["adminform"].form.errors
