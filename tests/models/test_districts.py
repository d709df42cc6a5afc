from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from assignments import models

pytestmark = pytest.mark.django_db


def seen_by(user: Any) -> tuple[list[str], list[str]]:
    """Codes of the districts that the user reads, and of those that the user manages."""
    districts = models.District.objects
    return codes(districts.readable_by(user)), codes(districts.managed_by(user))


def codes(rows: Any) -> list[str]:
    return list(rows.values_list("code", flat=True))


def test_a_manager_manages_the_own_district_and_a_viewer_reads_it(mara, vic, stella):
    assert seen_by(mara) == (["NORTH"], ["NORTH"])
    assert seen_by(vic) == (["NORTH"], [])
    assert seen_by(stella) == (["SOUTH"], ["SOUTH"])


def test_nobody_without_an_active_account_sees_a_district(mara):
    mara.is_active = False

    assert seen_by(mara) == ([], [])
    assert seen_by(AnonymousUser()) == ([], [])
