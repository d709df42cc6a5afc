from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from assignments import models
from assignments.management.commands import seed_demo

pytestmark = pytest.mark.django_db

User = get_user_model()
TODAY = date(2026, 6, 15)


@pytest.fixture
def development(settings: Any) -> None:
    settings.DEBUG = True


@pytest.fixture
def production(settings: Any) -> None:
    settings.DEBUG = False


def seed(size: str = "small", today: date = TODAY, **options: Any) -> str:
    """Output of the command."""
    out = io.StringIO()
    call_command("seed_demo", size=size, seed=1, today=today, stdout=out, **options)
    return out.getvalue()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the domain, links between rows included."""
    tables = apps.get_app_config("assignments").get_models(include_auto_created=True)
    return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in tables}


@pytest.mark.usefixtures("development")
class TestSeedDemo:
    @pytest.mark.parametrize(
        ("size", "held"),
        [
            ("small", (1, 40, 9)),
            ("district", (3, 600, 78)),
            # With the traffic crews. It takes a minute.
            pytest.param("utility", (25, 10_000, 525), marks=pytest.mark.long),
        ],
    )
    def test_fills_the_database(self, size, held):
        told = seed(size)

        tables = (models.District, models.WorkOrder, models.Crew)
        assert tuple(table.objects.count() for table in tables) == held
        assert f"{held[1]} created" in told
        assert models.Permit.objects.exists()
        assert models.Shift.objects.filter(on_call=True).exists()
        assert {rules.name: rules.storm for rules in models.RuleSet.objects.all()} == {"normal": False, "storm": True}
        assert models.WorkOrder.objects.order_by("pk")[0].source.code == "work"

    def test_its_people_leave_notes_once(self):
        for _ in range(2):
            seed(notes=True)

        assert [note.about for note in models.Note.objects.order_by("written_at")] == ["DISTRICT", "CREW", "ORDER"]

    def test_orders_wait_for_what_they_lack(self):
        seed()

        statuses = set(models.WorkOrder.objects.assignable().values_list("status", flat=True))

        assert statuses == {"WAITING", "READY"}

    def test_twice_changes_nothing(self):
        seed()
        before = everything()

        seed()

        assert everything() == before

    def test_changes_nothing_that_people_decided_since(self):
        seed()
        order = models.WorkOrder.objects.filter(status="READY")[0]
        shift = models.Shift.objects.all()[0]
        models.Assignment.objects.create(
            order=order,
            crew=shift.crew,
            shift=shift,
            departs_at=shift.starts_at,
            starts_at=shift.starts_at,
            ends_at=shift.starts_at + timedelta(hours=1),
            status="APPROVED",
            approved_by=User.objects.get(username="mara"),
            approved_at=shift.starts_at,
        )
        models.WorkOrder.objects.filter(pk=order.pk).update(status="SCHEDULED")
        models.District.objects.update(rule_set=models.RuleSet.objects.get(name="storm"))
        before = everything()

        seed()

        assert everything() == before

    def test_another_day_adds_its_shifts_and_keeps_the_work(self):
        seed()
        orders = list(models.WorkOrder.objects.values())
        shifts = models.Shift.objects.count()

        seed(today=TODAY + timedelta(days=1))

        assert list(models.WorkOrder.objects.values()) == orders
        assert shifts < models.Shift.objects.count() < 2 * shifts

    def test_managers_and_viewers_have_different_districts(self):
        seed("district")

        roles = {(m.user.username, m.district.code, m.role) for m in models.Membership.objects.select_related()}

        assert roles == {
            ("mara", "ALD", "MANAGER"), ("jonas", "ALD", "MANAGER"), ("jonas", "BRA", "MANAGER"),
            ("vic", "ALD", "VIEWER"), ("stella", "CED", "MANAGER"),
        }  # fmt: skip
        assert list(User.objects.filter(is_superuser=True).values_list("username", flat=True)) == ["admin"]

    def test_every_district_has_a_network_that_the_map_can_draw(self):
        seed("district")

        for district in models.District.objects.all():
            district.full_clean()
            assert len(district.network["substations"]) >= 3
            names = {feeder["name"] for feeder in district.network["feeders"]}
            assert set(district.orders.exclude(feeder="").values_list("feeder", flat=True)) <= names

    def test_logins_are_printed_and_work(self, client):
        told = seed()

        assert f"mara / {seed_demo.PASSWORD}" in told
        assert client.login(username="mara", password=seed_demo.PASSWORD)

    def test_somebody_who_exists_keeps_their_password(self, client):
        User.objects.create_user("mara", password="her-own-password")

        told = seed()

        assert "mara / (password as before)" in told
        assert client.login(username="mara", password="her-own-password")

    def test_addresses_of_systems_change_only_when_given(self):
        seed(work_url="http://127.0.0.1:9001")
        seed()
        assert models.DownstreamSystem.objects.get(code="work").base_url == "http://127.0.0.1:9001"

        seed(work_url="http://127.0.0.1:9002")

        urls = dict(models.DownstreamSystem.objects.values_list("code", "base_url"))
        assert urls == {
            "work": "http://127.0.0.1:9002",
            "workforce": "http://127.0.0.1:8102",
            "permits": "http://127.0.0.1:8103",
        }

    def test_what_cannot_be_stored_undoes_everything(self):
        seed()
        models.Membership.objects.all().delete()
        other = models.DownstreamSystem.objects.create(
            code="other", name="Other", kind="WORK", base_url="http://127.0.0.1:1"
        )
        # The number now belongs to an order of another system, so the demo's own cannot come in.
        models.WorkOrder.objects.filter(number="W-100001").update(source=other)
        before = everything()

        with pytest.raises(CommandError, match="WM-100001"):
            seed()

        assert everything() == before


class TestInProduction:
    @pytest.mark.usefixtures("production")
    def test_is_refused(self):
        with pytest.raises(CommandError, match="--allow-production"):
            seed()

        assert not models.District.objects.exists()
        assert not User.objects.exists()

    @pytest.mark.usefixtures("production")
    def test_when_allowed_nobody_gets_the_published_password(self, client):
        told = seed(allow_production=True)

        passwords = [line.split(" / ")[1].split(":")[0] for line in told.splitlines() if " / " in line]
        assert len(set(passwords)) == len(seed_demo.PEOPLE)
        assert seed_demo.PASSWORD not in told
        assert client.login(username="mara", password=passwords[0])

    @pytest.mark.usefixtures("production")
    def test_the_published_password_is_refused_even_when_asked_for(self):
        with pytest.raises(CommandError, match="published"):
            seed(allow_production=True, password=seed_demo.PASSWORD)

    @pytest.mark.usefixtures("production")
    def test_somebody_who_exists_gets_no_rights(self):
        User.objects.create_user("jonas")

        seed(allow_production=True)

        assert not models.Membership.objects.filter(user__username="jonas").exists()
