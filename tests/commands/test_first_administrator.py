from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from assignments import models

pytestmark = pytest.mark.django_db

PASSWORD = "nine copper kettles"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hands the command a line of standard input."""
    return lambda line: monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


def make(*arguments: str) -> str:
    """Output of the command."""
    out = io.StringIO()
    call_command("first_administrator", *arguments, stdout=out)
    return out.getvalue()


def test_can_open_the_administration(typed: Any, client: Client):
    typed(PASSWORD)

    said = make("ada", "--email", "ada@lineup.example")

    made = authenticate(username="ada", password=PASSWORD)
    assert made is not None
    client.force_login(made)
    assert client.get("/admin/").status_code == 200
    assert made.email == "ada@lineup.example"
    assert PASSWORD not in said


def test_is_in_the_audit(typed: Any):
    typed(PASSWORD)

    make("ada")

    entry = models.AuditEntry.objects.get()
    assert (entry.actor_name, entry.verb) == ("manage.py first_administrator", "made first administrator")
    assert entry.after == {"username": "ada"}


def test_a_password_can_be_made():
    said = make("ada", "--generate")

    assert authenticate(username="ada", password=said.split(": ")[-1].strip()) is not None


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "is empty"), ("short", "too short"), ("1q2w3e4r5t6y", "too common"), ("adaadaadaada", "similar")],
)
def test_a_weak_password_is_refused_and_nothing_is_stored(typed: Any, password: str, words: str):
    typed(password)

    with pytest.raises(CommandError, match=words):
        make("adaadaadaad" if words == "similar" else "ada")

    assert not get_user_model().objects.exists()
    assert not models.AuditEntry.objects.exists()


def test_a_name_that_cannot_be_one_is_refused(typed: Any):
    typed(PASSWORD)

    with pytest.raises(CommandError, match="valid username"):
        make("ada lovelace")


def test_there_is_a_first_one_only_once(typed: Any):
    typed(PASSWORD)
    make("ada")

    with pytest.raises(CommandError, match=r"manage\.py changepassword ada"):
        make("eve", "--generate")

    assert not get_user_model().objects.filter(username="eve").exists()


def test_one_who_may_no_longer_sign_in_does_not_count(typed: Any):
    typed(PASSWORD)
    make("ada")
    get_user_model().objects.update(is_active=False)

    make("eve", "--generate")

    assert get_user_model().objects.get(username="eve").is_superuser
