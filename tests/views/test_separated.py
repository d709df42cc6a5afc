"""Staff of one duty: what each group may do, and what nobody gives to themselves. Each is done, or refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.admin import separated
from assignments.services.accounts import scopes
from tests import factories
from tests.views.adminforms import form_of, save

PERSON = "admin:auth_user_change"


def staff(name: str, *groups: str) -> Any:
    person = factories.UserFactory(username=name, first_name=name.title(), is_staff=True)
    person.groups.set(Group.objects.filter(name__in=groups))
    return person


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    scopes.keep()


@pytest.fixture
def pia() -> Any:
    """Looks after people."""
    return staff("pia", scopes.PEOPLE)


@pytest.fixture
def sam() -> Any:
    """Looks after systems."""
    return staff("sam", scopes.SYSTEMS)


def complaints(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return " ".join(str(one) for one in answer.context["errors"])


def group(name: str) -> Group:
    return Group.objects.get(name=name)


class TestGroups:
    def test_are_made_anew_with_the_rights_of_their_duty(self) -> None:
        group(scopes.AUDIT).delete()
        group(scopes.PEOPLE).permissions.add(Permission.objects.get(codename="change_group"))

        scopes.keep()

        held = {one.name: set(one.permissions.values_list("codename", flat=True)) for one in Group.objects.all()}
        assert set(held) == set(scopes.RIGHTS)
        assert held[scopes.AUDIT] == {"view_auditentry"}
        assert "change_group" not in held[scopes.PEOPLE]
        for name, rights in scopes.RIGHTS.items():
            assert len(held[name]) == sum(len(acts) * len(tables) for acts, tables in rights.items())

    def test_other_groups_are_left_alone(self) -> None:
        own = Group.objects.create(name="Dispatch")
        own.permissions.set(Permission.objects.filter(codename="view_workorder"))

        scopes.keep()

        assert own.permissions.get().codename == "view_workorder"

    def test_are_changed_by_administrators_with_all_rights_alone(self, ada: Client, pia: Any) -> None:
        pia.user_permissions.set(Permission.objects.filter(content_type__model="group"))
        own = Group.objects.create(name="Dispatch")
        address = reverse("admin:auth_group_change", args=[own.pk])

        assert browser(pia).post(address, {"name": "Dispatch 2"}).status_code == 403
        assert browser(pia).post(reverse("admin:auth_group_add"), {"name": "Mine"}).status_code == 403
        assert ada.post(address, {"name": "Dispatch 2"}).status_code == 302
        entry = models.AuditEntry.objects.get(verb="group.changed")
        assert entry.object_id == str(own.pk)


class TestRightsOfPeople:
    def test_one_who_looks_after_people_gives_their_own_group(self, pia: Any) -> None:
        new = factories.UserFactory(username="new")

        save(browser(pia), new, is_staff="on", groups=[group(scopes.PEOPLE).pk])

        assert list(new.groups.all()) == [group(scopes.PEOPLE)]

    @pytest.mark.parametrize("own", [True, False])
    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("is_superuser", lambda: "on", separated.ALL_RIGHTS),
            ("user_permissions", lambda: [Permission.objects.first().pk], separated.SINGLE_RIGHTS),
            ("groups", lambda: [group(scopes.PEOPLE).pk, group(scopes.AUDIT).pk], "Audit: with rights that you have"),
        ],
    )
    def test_they_give_no_more_to_anybody(self, pia: Any, own: bool, field: str, value: Any, sentence: str) -> None:
        person = pia if own else factories.UserFactory(username="new")
        address, form = form_of(browser(pia), person)

        answer = browser(pia).post(address, form | {field: value()})

        assert sentence in complaints(answer)
        person.refresh_from_db()
        assert not person.is_superuser
        assert not person.has_perm("assignments.view_auditentry")

    def test_they_take_nothing_away_from_those_above(self, pia: Any) -> None:
        above = staff("amy", scopes.AUDIT)
        address, form = form_of(browser(pia), above)

        answer = browser(pia).post(address, form | {"email": "pia@utility.example"})

        assert "Amy has rights in the administration that you have not." in complaints(answer)
        above.refresh_from_db()
        assert above.email == ""

    @pytest.mark.parametrize("active", [True, False])
    def test_they_do_not_take_over_an_account_above(self, pia: Any, active: bool) -> None:
        above = staff("amy", scopes.AUDIT)
        get_user_model().objects.filter(pk=above.pk).update(is_active=active)
        before = above.password

        answer = browser(pia).post(reverse("admin:auth_user_password_change", args=[above.pk]))

        assert answer.status_code == 403
        assert "Amy has rights in the administration that you have not." in answer.content.decode()
        above.refresh_from_db()
        assert above.password == before

    def test_they_help_a_manager_who_has_forgotten_the_password(self, pia: Any, mara: Any) -> None:
        assert browser(pia).post(reverse("admin:auth_user_password_change", args=[mara.pk])).context["password"]

    def test_administrators_give_every_right(self, ada: Client) -> None:
        new = factories.UserFactory(username="new")

        save(ada, new, is_staff="on", is_superuser="on", groups=[group(scopes.AUDIT).pk])

        new.refresh_from_db()
        assert new.is_superuser


class TestRoles:
    def test_they_give_others_a_role(self, pia: Any, district: models.District) -> None:
        new = factories.UserFactory(username="new")

        answer = browser(pia).post(
            reverse("admin:assignments_membership_add"), {"user": new.pk, "district": district.pk, "role": "MANAGER"}
        )

        assert answer.status_code == 302
        assert new.memberships.get().role == "MANAGER"

    def test_they_give_themselves_none(self, pia: Any, district: models.District) -> None:
        form = {"user": pia.pk, "district": district.pk, "role": "MANAGER"}

        answer = browser(pia).post(reverse("admin:assignments_membership_add"), form)

        assert separated.OWN_ROLE in complaints(answer)
        assert not pia.memberships.exists()

    def test_they_do_not_change_their_own(self, pia: Any, vic: Any, district: models.District) -> None:
        own = factories.MembershipFactory(user=pia, district=district, role="VIEWER")
        address, form = form_of(browser(pia), own)

        changed = browser(pia).post(address, form | {"role": "MANAGER"})
        given_away = browser(pia).post(address, form | {"user": vic.pk})

        assert separated.OWN_ROLE in complaints(changed)
        assert separated.OWN_ROLE in complaints(given_away)
        own.refresh_from_db()
        assert (own.user, own.role) == (pia, "VIEWER")

    def test_nor_on_their_own_page_or_that_of_a_district(self, pia: Any, district: models.District) -> None:
        pia.groups.add(group(scopes.SET_UP))
        pages = {pia: {"district": district.pk}, district: {"user": pia.pk}}
        for row, rest in pages.items():
            address, form = form_of(browser(pia), row)
            added = {f"memberships-0-{name}": value for name, value in ({"role": "MANAGER"} | rest).items()}

            answer = browser(pia).post(address, form | added | {"memberships-TOTAL_FORMS": 1})

            assert separated.OWN_ROLE in complaints(answer)
        assert not pia.memberships.exists()

    def test_files_of_roles_are_imported_by_administrators_with_all_rights(self, ada: Client, pia: Any) -> None:
        address = reverse("admin:assignments_membership_import")

        assert browser(pia).get(address).status_code == 403
        assert ada.get(address).status_code == 200


class TestTokens:
    ADD = "admin:assignments_apitoken_add"

    def test_one_who_looks_after_systems_issues_their_own(self, sam: Any) -> None:
        answer = browser(sam).post(reverse(self.ADD), {"name": "GIS", "user": sam.pk, "scopes": ["read"]})

        assert answer.context["secret"].startswith("lineup_")
        assert models.ApiToken.objects.get().user == sam

    def test_and_none_that_acts_as_somebody_else(self, sam: Any, mara: Any) -> None:
        answer = browser(sam).post(reverse(self.ADD), {"name": "GIS", "user": mara.pk, "scopes": ["read"]})

        assert separated.FOR_ANOTHER in complaints(answer)
        assert not models.ApiToken.objects.exists()

    def test_and_widens_none(self, sam: Any, mara: Any) -> None:
        token = factories.ApiTokenFactory(user=mara, scopes=["read"])
        address, form = form_of(browser(sam), token)

        answer = browser(sam).post(address, form | {"scopes": ["read", "decide"]})

        assert separated.FOR_ANOTHER in complaints(answer)
        token.refresh_from_db()
        assert token.scopes == ["read"]

    def test_but_revokes_any(self, sam: Any, mara: Any) -> None:
        token = factories.ApiTokenFactory(user=mara)

        browser(sam).post(
            reverse("admin:assignments_apitoken_changelist"), {"action": "revoke", "_selected_action": [token.pk]}
        )

        token.refresh_from_db()
        assert token.revoked_at is not None


class TestSubscriptions:
    FORM = {"name": "GIS", "address": "https://gis.example/", "kinds": ["order.changed"], "timeout_seconds": 10}

    def test_of_what_others_may_read_are_not_made(self, sam: Any, mara: Any, district: models.District) -> None:
        form = self.FORM | {"user": mara.pk, "districts": [district.pk]}

        answer = browser(sam).post(reverse("admin:assignments_subscription_add"), form)

        assert separated.EVENTS_OF_ANOTHER in complaints(answer)
        assert not models.Subscription.objects.exists()

    def test_are_not_led_elsewhere_but_switched_off(self, sam: Any, mara: Any, district: models.District) -> None:
        row = factories.SubscriptionFactory(user=mara, address="https://gis.example/")
        row.districts.set([district])
        address, form = form_of(browser(sam), row)

        answer = browser(sam).post(address, form | {"address": "https://sam.example/"})
        assert separated.EVENTS_OF_ANOTHER in complaints(answer)
        browser(sam).post(address, {name: value for name, value in form.items() if name != "enabled"})

        row.refresh_from_db()
        assert (row.address, row.enabled) == ("https://gis.example/", False)
