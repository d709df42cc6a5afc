"""The settings refuse what cannot work, with the variable's name and what to set instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import house

SECRET = "s" * 50
PRODUCTION = {"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "lineup.example"}
TILES = "https://tiles.example:8443/base/{z}/{x}/{y}{r}.png?key=1"
TILED = {"MAP_TILES_URL": TILES, "ROUTING_URL": "http://osrm.example:5000"}
GRIP = {"GRIP_URL": "http://pushpin:5561", "GRIP_KEY": "k" * 32}


def read_settings(environment: dict[str, str], *, show: str = "''") -> subprocess.CompletedProcess[str]:
    """A fresh process that reads the settings under nothing but `environment` and prints `show`."""
    # Set but empty: a developer's .env must not answer for what the test leaves out.
    clean = {"PATH": os.environ["PATH"], **dict.fromkeys(house.listed_variables(), "")} | environment
    script = f"from scheduler_site import settings; print({show})"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=house.ROOT, env=clean, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        # Production is the default, and it starts with nothing that an attacker could know.
        ("SECRET_KEY", "", "50 random characters"),
        ("SECRET_KEY", "short", "50 random characters"),
        ("SECRET_KEY_FILE", "/nowhere/secret", "50 random characters"),
        ("SECRET_KEY_FALLBACKS", "short", "at least 50 characters"),
        ("ALLOWED_HOSTS", "", "host names"),
        ("ALLOWED_HOSTS", "https://lineup.example", "without scheme"),
        ("ALLOWED_HOSTS", "lineup.example:443", "without scheme or port"),
        ("ALLOWED_HOSTS", "*", "host names"),
        ("DEBUG", "perhaps", "DEBUG=1"),
        ("HTTPS", "tls", "HTTPS=0"),
        ("DATABASE_URL", "lineup", "postgres://"),
        ("DATABASE_URL", "mysql://root@db/lineup", "SQLite and PostgreSQL"),
        ("DATABASE_URL", "sqlite://:memory:", "names no database"),
        ("DATABASE_POOL", "0", "from 1 to 100"),
        ("DATABASE_WAIT_SECONDS", "0", "from 0.1 to 60"),
        ("DATABASE_LOCK_SECONDS", "-1", "0 for no limit"),
        ("DATABASE_SILENT_SECONDS", "0.5", "from 4 to 3600"),
        ("REDIS_URL", "http://cache:6379", "redis://"),
        ("GRIP_URL", "pushpin:5561", "http://host:5561"),
        # The proxy's word counts as much as its key is hard to guess.
        ("GRIP_URL", "http://pushpin:5561", "needs GRIP_KEY"),
        ("GRIP_URL", "http://pushpin:5561?iss=lineup&key=short", "32 random characters"),
        ("CSRF_TRUSTED_ORIGINS", "lineup.example", "https://lineup.example"),
        ("OUTBOUND_HOSTS", "https://work.example", "without scheme"),
        ("WEBHOOK_HOSTS", "*", "host names"),
        ("WEBHOOK_HOSTS", "https://gis.example", "without scheme"),
        ("BREACHED_PASSWORDS", "/nowhere/list.txt", "SHA-1 hashes in order"),
        ("OIDC_URL", "login.utility.example", "https://login.utility.example"),
        ("OIDC_URL", "https://login.utility.example", "needs OIDC_CLIENT_ID"),
        ("OIDC_ROLES", "north=NORTH:BOSS", "group=DISTRICT:ROLE"),
        ("OIDC_ROLES", "north-*=NORTH:VIEWER", "group=DISTRICT:ROLE"),
        ("PASSWORD_SIGN_IN", "0", "would let nobody in"),
        ("SESSION_HOURS", "0", "from 0.1 to 744"),
        ("SESSION_IDLE_MINUTES", "0", "from 1 to 44640"),
        ("CONFIRM_MINUTES", "9999", "from 1 to 1440"),
        ("LOG_LEVEL", "chatty", "one of these words"),
        ("LOG_FORMAT", "xml", "line or json"),
        ("METRICS_TOKEN", "short", "32 random characters"),
        ("METRICS_ADDRESSES", "prometheus.example", "addresses or networks"),
        ("MAP_TILES_URL", "tiles.example/{z}/{x}/{y}.png", "{z}, {x} and {y}"),
        ("MAP_TILES_URL", "https://tiles.example/{z}/{x}.png", "{z}, {x} and {y}"),
        # A host that is only known when the page asks could not be the one that the policy lets in.
        ("MAP_TILES_URL", "https://{s}.tiles.example/{z}/{x}/{y}.png", "behind the host"),
        ("MAP_TILES_URL", "https://tiles.example; script-src *//{z}/{x}/{y}", "behind the host"),
        ("MAP_TILES_URL", "//tiles.example/{z}/{x}/{y}.png", "behind the host"),
        ("MAP_TILES_ATTRIBUTION", "x" * 301, "at most 300"),
        ("ROUTING_URL", "osrm.example:5000", "http://osrm.example:5000"),
        ("ROUTING_URL", "http://osrm.example/table?x=1", "http://osrm.example:5000"),
        ("ROUTING_KIND", "google", "osrm or valhalla"),
        ("ROUTING_PROFILE", "../driving", "costing model"),
        ("ROUTING_TIMEOUT", "0", "1 to 300"),
        ("ROUTING_DEADLINE", "soon", "1 to 600"),
        ("ROUTING_TABLE", "0", "1 to 500"),
        ("ROUTING_AT_ONCE", "100", "1 to 32"),
        ("ROUTING_DAYS", "0", "1 to 365"),
    ],
)
def test_refuses(variable: str, value: str, remedy: str):
    done = read_settings(PRODUCTION | {variable: value})

    last_line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert "ImproperlyConfigured" in last_line
    assert variable.removesuffix("_FILE") in last_line
    assert remedy in last_line


@pytest.mark.parametrize(
    ("environment", "show", "expected"),
    [
        (PRODUCTION, "settings.DEBUG", "False"),
        (PRODUCTION, "settings.SESSION_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT", "True"),
        (PRODUCTION | {"HTTPS": "0"}, "settings.SESSION_COOKIE_SECURE", "False"),
        # Without a proxy that overwrites the header, it would be the visitor's word.
        (PRODUCTION | {"HTTPS": "0"}, "settings.SECURE_PROXY_SSL_HEADER", "None"),
        (PRODUCTION | {"ALLOWED_HOSTS": "a.example, .b.example,[::1]"}, "len(settings.ALLOWED_HOSTS)", "3"),
        (PRODUCTION | {"DATABASE_URL": ""}, "settings.DATABASES['default']['ENGINE'][-6:]", "sqlite"),
        (PRODUCTION | {"DATABASE_URL": "postgres://u:p@db:5433/x"}, "settings.DATABASES['default']['PORT']", "5433"),
        (PRODUCTION | TILED | {"OUTBOUND_HOSTS": ".example"}, "settings.OUTBOUND_HOSTS", "['.example']"),
        (PRODUCTION, "'django_grip.GripMiddleware' in settings.MIDDLEWARE", "False"),
        (PRODUCTION | GRIP, "'django_grip.GripMiddleware' in settings.MIDDLEWARE", "True"),
        # Without an address django-grip publishes nothing: that is for the relay, after the commit.
        (PRODUCTION | GRIP, "sorted(settings.GRIP_PROXIES[0])", "['key', 'verify_key']"),
        (PRODUCTION, "repr(settings.ROUTING_URL)", "''"),
        (PRODUCTION | {"ROUTING_URL": "http://osrm:5000/maps"}, "settings.ROUTING_URL", "http://osrm:5000/maps"),
        (PRODUCTION, "repr(settings.MAP_TILES_URL)", "''"),
        (PRODUCTION | {"MAP_TILES_URL": TILES}, "settings.MAP_TILES_URL", TILES),
        (PRODUCTION | {"MAP_TILES_URL": "/tiles/{z}/{x}/{-y}"}, "settings.MAP_TILES_URL", "/tiles/{z}/{x}/{-y}"),
        ({"DEBUG": "1"}, "settings.ALLOWED_HOSTS[1]", "127.0.0.1"),
        ({"DEBUG": "1"}, "settings.SESSION_COOKIE_SECURE", "False"),
    ],
)
def test_takes(environment: dict[str, str], show: str, expected: str):
    done = read_settings(environment, show=show)

    assert done.stderr == ""
    assert done.stdout.strip() == expected


@pytest.mark.parametrize("variable", sorted(TILED))
def test_refuses_routing_and_tiles_of_hosts_that_are_not_listed(variable: str):
    done = read_settings(PRODUCTION | {variable: TILED[variable], "OUTBOUND_HOSTS": "work.example"})

    last_line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert f"{variable} leads to " in last_line
    assert "Add that host to OUTBOUND_HOSTS" in last_line


def test_a_secret_may_come_from_a_file(tmp_path: Path):
    secret = tmp_path / "secret_key"
    secret.write_text(f"{SECRET}\n")

    done = read_settings({"SECRET_KEY_FILE": str(secret), "ALLOWED_HOSTS": "a"}, show="settings.SECRET_KEY")

    assert done.stdout.strip() == SECRET


def test_a_refusal_does_not_show_the_password():
    done = read_settings(PRODUCTION | {"DATABASE_URL": "mysql://root:hunter2@db/lineup"})

    assert "hunter2" not in done.stderr
