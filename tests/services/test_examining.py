"""The doctor: of an installation that works it says nothing, and of each thing that breaks exactly that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from assignments import models
from assignments.services import beating, examining
from assignments.services.examining import machine
from notifications.services import wakeups
from tests import factories

pytestmark = pytest.mark.django_db

LONG_AGO = factories.NOW - timedelta(hours=2)


@pytest.fixture
def healthy(settings: Any, tmp_path: Path, mara: Any) -> None:
    """An installation that lacks nothing."""
    settings.DEBUG, settings.HTTPS, settings.STATIC_ROOT = False, True, tmp_path
    settings.OUTBOUND_HOSTS = ["work.example"]
    (tmp_path / "staticfiles.json").touch()
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).chmod(0o600)
    if connection.vendor == "postgresql":
        # The server of the tests is to be quick, and may forget.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")
    factories.UserFactory(username="ada", is_superuser=True)
    beating.beat(owner="one", now=factories.NOW)


def found() -> list[tuple[str, str, str]]:
    return [(one.subject, one.sentence, one.remedy) for one in examining.examine(now=factories.NOW)]


def read_source(**fields: Any) -> models.DownstreamSystem:
    """A source that was read just now, and is told nothing."""
    fields = {"is_target": False, **fields}
    system = factories.DownstreamSystemFactory(**fields)
    models.FollowedSource.objects.create(system=system, read_at=factories.NOW)
    return system


def development(settings: Any) -> None:
    settings.DEBUG = True


def no_tls(settings: Any) -> None:
    settings.HTTPS = False


def every_host(settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []


def no_static_files(settings: Any) -> None:
    settings.STATIC_ROOT = "/nowhere"


def no_redis(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


def a_missing_migration(_settings: Any) -> None:
    MigrationRecorder(connection).record_unapplied("notifications", "0009_database_clock")


def a_newer_release(_settings: Any) -> None:
    MigrationRecorder(connection).record_applied("assignments", "9999_of_next_year")


def no_administrator(_settings: Any) -> None:
    get_user_model().objects.filter(is_superuser=True).update(is_active=False)


def no_manager(_settings: Any) -> None:
    models.Membership.objects.all().delete()


def no_worker(_settings: Any) -> None:
    models.WorkerBeat.objects.all().delete()


def a_missing_secret(_settings: Any) -> None:
    read_source(secret_env="LINEUP_SECRET_NOT_SET")


def a_late_source(_settings: Any) -> None:
    system = read_source()
    detail = {"read_at": LONG_AGO, "failed_at": factories.NOW, "detail": "it answered 500"}
    models.FollowedSource.objects.filter(system=system).update(**detail)


def refused_records(_settings: Any) -> None:
    factories.RefusedRecordFactory(system=read_source())


def a_target_away(_settings: Any) -> None:
    target = factories.DownstreamSystemFactory(is_source=False, is_away=True, away_since=LONG_AGO)
    factories.WriteBackFactory(target=target, status="FAILED", created_at=LONG_AGO)


def write_backs_that_wait(_settings: Any) -> None:
    target = factories.DownstreamSystemFactory(is_source=False)
    factories.WriteBackFactory(target=target, status="PENDING", created_at=LONG_AGO)


def write_backs_refused(_settings: Any) -> None:
    factories.WriteBackFactory(target=factories.DownstreamSystemFactory(is_source=False), status="DEAD")


def a_run_that_waits(_settings: Any) -> None:
    district = models.District.objects.get()
    factories.SuggestionRunFactory(district=district, status="QUEUED", requested_at=LONG_AGO)


def a_failed_run(_settings: Any) -> None:
    district = models.District.objects.get()
    factories.SuggestionRunFactory(district=district, status="FAILED", error="The roster is empty.")


def a_subscription_away(_settings: Any) -> None:
    factories.SubscriptionFactory(user=get_user_model().objects.get(username="mara"), is_away=True)


BROKEN: list[tuple[Callable[[Any], None], str, str, str]] = [
    (development, "settings", "DEBUG=1", "Leave DEBUG out"),
    (no_tls, "settings", "travel in the clear", "proxy that ends TLS"),
    (every_host, "settings", "OUTBOUND_HOSTS is empty", "hosts of systems"),
    (no_static_files, "static files", "every page fails", "manage.py collectstatic"),
    (no_redis, "Redis", "does not answer", "REDIS_URL"),
    (a_missing_migration, "database", "notifications.0009_database_clock", "manage.py migrate"),
    (a_newer_release, "database", "assignments.9999_of_next_year is unknown", "Install that release"),
    (no_administrator, "people", "Nobody may open the administration", "manage.py first_administrator"),
    (no_manager, "people", "District NORTH has no assigning manager", "Give somebody that role"),
    (no_worker, "workers", "No worker has run yet", "manage.py work"),
    (a_missing_secret, "system work", "LINEUP_SECRET_NOT_SET is not set", "LINEUP_SECRET_NOT_SET_FILE"),
    (a_late_source, "system work", "not for 120 minutes: it answered 500", "manage.py check_system work"),
    (refused_records, "system work", "1 of its records were not taken", "Records not taken"),
    (a_target_away, "system work", "takes no decisions since", "manage.py check_system work"),
    (write_backs_that_wait, "system work", "1 decisions wait for it, the first for 120 minutes", "Write-backs"),
    (write_backs_refused, "system work", "1 decisions need a person", "retry, correct or write them off"),
    (a_run_that_waits, "runs", "the first for 120 minutes", "Start more workers"),
    (a_failed_run, "runs", "The roster is empty.", "the worker's log"),
    (a_subscription_away, "subscription", "does not take what it is sent", "switch it off"),
]


def test_nothing_is_wrong(healthy: None, capsys: pytest.CaptureFixture[str]):
    assert found() == []

    call_command("doctor")
    assert capsys.readouterr().out.startswith("All is well")


@pytest.mark.parametrize(("broken", "subject", "sentence", "remedy"), BROKEN, ids=[row[0].__name__ for row in BROKEN])
def test_says_what_is_broken_and_nothing_else(
    healthy: None, settings: Any, broken: Callable[[Any], None], subject: str, sentence: str, remedy: str
):
    wakeups.forget_client()
    broken(settings)

    [one] = found()
    wakeups.forget_client()

    assert one[0].startswith(subject)
    assert sentence in one[1]
    assert remedy in one[2]


def test_a_full_disk(healthy: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "LEAST_FREE", 2**62)

    assert {subject for subject, _, _ in found()} == {"disk"}


def test_a_file_that_others_may_read(healthy: None):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its files to itself")
    file = Path(connection.settings_dict["NAME"])
    file.chmod(0o644)

    assert found() == [("files", f"Other accounts of this machine may read {file}.", f"chmod 600 {file}")]


def test_without_a_database_it_still_says_what_else_is_wrong(healthy: None, settings: Any):
    settings.DEBUG = True

    with gone():
        said = found()

    assert [subject for subject, _, _ in said] == ["settings", "database"]
    assert "DATABASE_URL" in said[1][2]


def test_the_command_lists_all_and_fails(healthy: None, settings: Any, capsys: pytest.CaptureFixture[str]):
    no_worker(settings)
    no_manager(settings)

    with pytest.raises(SystemExit) as ended:
        call_command("doctor")

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "workers: No worker has run yet" in said
    assert said.rstrip().endswith("2 things are wrong.")


@contextmanager
def gone() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse):
        yield
