"""Every change by hand in the administration leaves its entry in the append-only record, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assignments import models
from notifications.models import Event
from tests import factories
from tests.views.adminforms import form_of, save
from tests.views.exchanging import import_into


def entries(verb: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(one.actor_name, one.before, one.after) for one in models.AuditEntry.objects.filter(verb=verb)]


def given_on(ada: Client, page: Any, other: Any) -> None:
    """A role in the district, by the inline of the person's or the district's own page."""
    named = {"user": other.pk} if isinstance(page, models.District) else {"district": other.pk}
    _, form = form_of(ada, page)
    count = int(form["memberships-TOTAL_FORMS"])
    added = {f"memberships-{count}-{name}": value for name, value in (named | {"role": "VIEWER"}).items()}
    save(ada, page, **{"memberships-TOTAL_FORMS": count + 1}, **added)


@pytest.mark.parametrize("on_the_page_of", ["person", "district"])
class TestARoleAmongTheRowsOfAnotherPage:
    def test_that_is_given(self, ada: Client, elsewhere: models.District, vic: Any, on_the_page_of: str) -> None:
        both = (vic, elsewhere) if on_the_page_of == "person" else (elsewhere, vic)

        given_on(ada, *both)

        role = {"user": "vic", "district": elsewhere.code, "role": "VIEWER"}
        assert entries("membership.added") == [("Ada", {}, role)]
        assert models.AuditEntry.objects.get(verb="membership.added").district == elsewhere

    def test_that_is_changed(self, ada: Client, district: models.District, vic: Any, on_the_page_of: str) -> None:
        save(ada, vic if on_the_page_of == "person" else district, **{"memberships-0-role": "MANAGER"})

        role = {"user": "vic", "district": district.code, "role": "MANAGER"}
        assert entries("membership.changed") == [("Ada", {"role": "VIEWER"}, {"fields": ["role"]} | role)]

    def test_that_is_taken(self, ada: Client, district: models.District, vic: Any, on_the_page_of: str) -> None:
        save(ada, vic if on_the_page_of == "person" else district, **{"memberships-0-DELETE": "on"})

        role = {"user": "vic", "district": district.code, "role": "VIEWER"}
        assert entries("membership.deleted") == [("Ada", role, {})]
        assert Event.objects.filter(type="access.changed", data__user=vic.pk).exists()


@pytest.mark.parametrize("how", ["page", "list"])
def test_a_role_ends_with_its_district(ada: Client, district: models.District, vic: Any, how: str) -> None:
    if how == "page":
        ada.post(reverse("admin:assignments_district_delete", args=[district.pk]), {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": district.pk, "post": "yes"}
        ada.post(reverse("admin:assignments_district_changelist"), chosen)

    assert ada.get(reverse("admin:assignments_district_change", args=[district.pk])).status_code == 302
    role = {"user": "vic", "district": district.code, "role": "VIEWER"}
    assert entries("membership.deleted") == [("Ada", role, {})]
    assert len(entries("district.deleted")) == 1


def test_nothing_is_recorded_of_a_role_that_could_not_be_given(
    ada: Client, elsewhere: models.District, vic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("django.contrib.admin.models.LogEntryManager.log_actions", full)

    with pytest.raises(OSError, match="disk full"):
        given_on(ada, vic, elsewhere)

    assert not models.Membership.objects.filter(district=elsewhere).exists()
    assert entries("membership.added") == []


def test_a_role_given_by_a_file(ada: Client, elsewhere: models.District, vic: Any) -> None:
    file = SimpleUploadedFile("roles.csv", f"user,district,role\nvic,{elsewhere.code},VIEWER\n".encode())

    assert import_into(ada, models.Membership, file).is_taken

    role = {"user": "vic", "district": elsewhere.code, "role": "VIEWER"}
    [(_, before, after)] = entries("membership.added")
    assert (before, after | role) == ({}, after)


def test_rights_of_a_person(ada: Client, vic: Any) -> None:
    save(ada, vic, is_staff="on")

    [(_, before, after)] = entries("user.changed")
    assert "is_staff" in after["fields"]
    assert (before["is_staff"], after["is_staff"]) == (False, True)


def test_a_permit_among_the_rows_of_its_order_is_in_the_history_of_permits(ada: Client, db: None) -> None:
    permit = factories.PermitFactory()

    save(ada, permit.order, **{"permits-0-status": "SUSPENDED"})

    assert entries("permit.changed") == [("Ada", {}, {"fields": ["status"], "status": "SUSPENDED"})]
    assert models.AuditEntry.objects.get(verb="permit.changed").order == permit.order


def test_systems_and_kinds_of_qualification(ada: Client, db: None) -> None:
    save(ada, factories.DownstreamSystemFactory(), name="Other")
    save(ada, factories.QualificationFactory(), name="Other")

    assert entries("downstreamsystem.changed") == [("Ada", {}, {"fields": ["name"]})]
    assert entries("qualification.changed") == [("Ada", {}, {"fields": ["name"]})]


def test_a_token_by_its_name(ada: Client, db: None) -> None:
    save(ada, factories.ApiTokenFactory(), name="Other")

    assert entries("apitoken.changed") == [("Ada", {}, {"fields": ["name"]})]
