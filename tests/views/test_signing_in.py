"""Guessing at passwords is slowed before any of them is hashed, and hashing never holds up the streams."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import request_limits, sign_ins
from scheduler_site import hashing
from tests import factories
from tests.project import house

RIGHT = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _nobody_has_tried_before() -> Iterator[None]:
    sign_ins.forget()
    yield
    sign_ins.forget()


def attempt(password: str, *, name: str = "mara", address: str = "192.0.2.7") -> Any:
    return Client(REMOTE_ADDR=address).post("/login/", {"username": name, "password": password})


def guessed(times: int, **options: Any) -> list[int]:
    return [attempt("wrong", **options).status_code for _ in range(times)]


def test_after_ten_wrong_passwords_not_even_the_right_one_is_looked_at(mara: Any) -> None:
    assert guessed(10) == [200] * 10

    refused = attempt(RIGHT)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert "There were too many attempts to log in. Try again in" in refused.content.decode()


def test_nothing_is_hashed_and_no_account_is_read_for_what_is_refused(
    mara: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guessed(11)
    hashed = []
    monkeypatch.setattr(hashers, "verify_password", lambda *args: hashed.append(args))

    with CaptureQueriesContext(connection) as queries:
        assert attempt(RIGHT).status_code == 429

    assert hashed == []
    assert len(queries) == 0


def test_a_guesser_elsewhere_does_not_lock_the_person_out(mara: Any) -> None:
    guessed(11, address="198.51.100.1")

    assert attempt(RIGHT).status_code == 302


def test_who_tries_many_accounts_is_slowed_by_the_address(mara: Any) -> None:
    for number in range(sign_ins.PER_ADDRESS):
        attempt("wrong", name=f"somebody{number}")

    assert attempt(RIGHT).status_code == 429
    assert attempt(RIGHT, address="192.0.2.8").status_code == 302


def test_who_tries_from_many_addresses_is_slowed_by_the_account(mara: Any) -> None:
    for number in range(sign_ins.PER_ACCOUNT):
        attempt("wrong", name="MARA" if number % 2 else "mara", address=f"198.51.100.{number}")

    assert attempt(RIGHT).status_code == 429


def test_an_account_that_does_not_exist_is_refused_alike(db: None) -> None:
    assert guessed(11, name="nobody") == [200] * 10 + [429]


def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(mara: Any) -> None:
    assert [attempt(RIGHT).status_code for _ in range(sign_ins.PER_ADDRESS + 5)] == [302] * (sign_ins.PER_ADDRESS + 5)


def test_processes_share_the_count(mara: Any) -> None:
    guessed(10)
    # As another process, which knows only the rows.
    sign_ins.forget()

    assert attempt(RIGHT).status_code == 429


def test_a_quarter_of_an_hour_later_it_may_be_tried_again(mara: Any) -> None:
    options = {"account": "mara", "address": "192.0.2.7"}
    for _ in range(10):
        sign_ins.begin(**options, now=factories.NOW)
    with pytest.raises(sign_ins.TooManyAttempts):
        sign_ins.begin(**options, now=factories.NOW)

    sign_ins.begin(**options, now=factories.NOW + timedelta(minutes=15))


def test_what_was_counted_is_forgotten_after_a_day(db: None) -> None:
    sign_ins.begin(account="mara", address="192.0.2.7", now=factories.NOW)

    assert request_limits.trim(now=factories.NOW + timedelta(hours=1)) == 0
    assert request_limits.trim(now=factories.NOW + timedelta(days=2)) == 3
    assert not models.RequestCount.objects.exists()


def test_an_empty_form_is_no_attempt(db: None) -> None:
    assert guessed(12, name="") == [200] * 12
    assert not models.RequestCount.objects.exists()


def test_with_too_many_at_once_some_come_back_in_a_moment(mara: Any) -> None:
    with contextlib.ExitStack() as others:
        for _ in range(hashing.MOST_WAITING):
            others.enter_context(hashing.place())
        refused = attempt(RIGHT)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "Many people are" in refused.content.decode()
    assert attempt(RIGHT).status_code == 302


class TestAdministration:
    def test_it_has_no_sign_in_of_its_own(self, db: None) -> None:
        answer = Client().get("/admin/login/?next=/admin/assignments/")

        assert answer.headers["Location"] == "/login/?next=/admin/assignments/"
        assert Client().post("/admin/login/", {"username": "ada", "password": "x"}).status_code == 405

    def test_who_may_not_open_it_is_told_so(self, mara: Any) -> None:
        client = Client()
        client.force_login(mara)

        assert client.get("/admin/", follow=True).status_code == 403


class TestHashing:
    def test_a_password_of_before_is_hashed_anew_when_its_owner_signs_in(self, mara: Any, settings: Any) -> None:
        settings.PASSWORD_HASHERS = ["scheduler_site.hashing.PBKDF2Beside"]
        mara.set_password(RIGHT)
        mara.save()
        settings.PASSWORD_HASHERS = [
            "scheduler_site.hashing.Argon2Beside", "scheduler_site.hashing.PBKDF2Beside",
        ]  # fmt: skip

        assert attempt(RIGHT).status_code == 302
        mara.refresh_from_db()
        assert mara.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
        assert attempt(RIGHT).status_code == 302

    @pytest.mark.parametrize("hasher", ["Argon2Beside", "PBKDF2Beside"])
    def test_the_event_loop_goes_on_meanwhile(self, hasher: str) -> None:
        script = f"""
from gevent import monkey; monkey.patch_all()
import gevent
from django.conf import settings; settings.configure()
from scheduler_site.hashing import {hasher}
hashed = gevent.spawn({hasher}().encode, "correct-horse-battery", "saltsaltsaltsalt")
turns = 0
while not hashed.ready():
    gevent.sleep(0.001)
    turns += 1
assert hashed.get().count("$") > 2
print(turns)
"""
        ran = subprocess.run([sys.executable, "-c", script], cwd=house.ROOT, capture_output=True, text=True, check=True)

        # On the loop itself there would be one.
        assert int(ran.stdout) > 3
