"""Headers that keep what a person is shown out of caches, and cookies that no other host can set."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.api.conftest import bearer, signed_in
from tests.project import house
from tests.project.test_settings import PRODUCTION, read_settings


@pytest.mark.parametrize("page", ["/districts/NORTH/board/", "/notifications/", "/api/v1/nothing/", "/nothing/"])
def test_no_cache_keeps_what_somebody_is_shown(mara: Any, page: str) -> None:
    assert signed_in(mara).get(page).headers["Cache-Control"] == "no-store"


def test_programs_may_keep_what_they_ask_about_again(mara: Any) -> None:
    factories.ApiTokenFactory(user=mara, secret="lineup_maras")

    answer = bearer("lineup_maras").get("/api/v1/districts/")

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["ETag"]


def test_nothing_is_said_of_what_everybody_sees(db: None) -> None:
    answer = Client().get("/static/css/tokens.css")
    list(answer)  # to its end, where the file is closed

    assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_no_page_uses_what_lineup_needs_not(db: None) -> None:
    policy = Client().get("/login/").headers["Permissions-Policy"]

    assert "camera=()" in policy
    assert "geolocation=()" in policy


def test_signing_out_clears_the_pages_that_the_browser_kept(mara: Any) -> None:
    client = signed_in(mara)

    assert client.post("/logout/").headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in client.get("/login/").headers


def test_with_https_no_other_host_of_the_domain_sets_the_cookies() -> None:
    shown = read_settings(PRODUCTION, show="settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME")
    plain = read_settings(PRODUCTION | {"HTTPS": "0"}, show="settings.SESSION_COOKIE_NAME")

    assert shown.stdout.split() == ["__Host-sessionid", "__Host-csrftoken"]
    assert plain.stdout.split() == ["sessionid"]


def test_other_hosts_of_the_domain_are_bound_only_when_an_operator_says_so() -> None:
    show = "settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD"
    wide = PRODUCTION | {"HSTS_INCLUDE_SUBDOMAINS": "1", "HSTS_PRELOAD": "1"}

    assert read_settings(PRODUCTION, show=show).stdout.split() == ["False", "False"]
    assert read_settings(wide, show=show).stdout.split() == ["True", "True"]
    assert read_settings(wide | {"HTTPS": "0"}, show=show).stdout.split() == ["False", "False"]


def test_the_database_is_its_owners_alone(tmp_path: Any) -> None:
    file = tmp_path / "lineup.sqlite3"
    environment = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{file}", "PATH": "/usr/bin"}
    script = [
        sys.executable,
        "manage.py",
        "shell",
        "-c",
        "from django.db import connection; connection.ensure_connection()",
    ]
    subprocess.run(script, cwd=house.ROOT, env=environment, check=True, capture_output=True)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
