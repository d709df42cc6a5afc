"""All that lies in deploy/ is tried by the programs that read it, as far as they run here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import trustme
import yaml

from assignments import models
from notifications.streams.fanout import measures
from scheduler_site import hashing, metrics
from tests import factories, servers
from tests.project import house
from tests.project.test_settings import read_settings

pytestmark = pytest.mark.once

DEPLOY = house.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = ("migrations", "web-1", "web-2", "worker")
LINES = (DEPLOY / "Dockerfile").read_text().splitlines()
EXPOSED = 2.0
"""The most that systemd may say of a unit, from 0 for one that may do nothing to 10."""


def run(*command: str | Path) -> str:
    """Output of the program, which must be content."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=house.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def program(name: str) -> Path:
    """A program that a package of requirements-dev.txt has brought."""
    return Path(sys.executable).with_name(name)


class TestNginx:
    def test_takes_the_file_as_it_is_shipped(self, tmp_path: Path):
        servers.need("nginx")
        certificate = trustme.CA().issue_cert("lineup.example")
        certificate.private_key_pem.write_to_path(tmp_path / "lineup.key")
        certificate.cert_chain_pems[0].write_to_path(tmp_path / "lineup.pem")
        text = (DEPLOY / "nginx.conf").read_text()
        text = text.replace("/etc/ssl/certs", str(tmp_path)).replace("/etc/ssl/private", str(tmp_path))
        text = text.replace("listen 443", f"listen {servers.free_port()}")
        (tmp_path / "lineup.conf").write_text(text)
        around = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {tmp_path}/lineup.conf; }}\n"
        (tmp_path / "nginx.conf").write_text(around)
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

        said = run(str(nginx), "-t", "-e", tmp_path / "errors", "-p", tmp_path, "-c", tmp_path / "nginx.conf")

        assert "syntax is ok" in said
        assert "[warn]" not in said

    def test_keeps_numbers_within_the_house(self):
        text = (DEPLOY / "nginx.conf").read_text()

        assert re.search(r"location = /metrics \{\s*return 404;", text)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units with the paths of this machine in place of those of an installation."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd, and so no machine that these units could be for")
    places = {
        "/usr/local/lib/lineup/.venv": str(Path(sys.executable).parents[1]),
        "/usr/local/lib/lineup": str(house.ROOT),
    }
    made = []
    for unit in UNITS:
        text = unit.read_text()
        for there, here in places.items():
            text = text.replace(there, here)
        made.append(tmp_path / unit.name.replace("@.", "@1."))
        made[-1].write_text(text)
    return made


class TestUnits:
    def test_systemd_takes_them(self, units: list[Path]):
        assert run("systemd-analyze", "verify", "--man=no", *units).strip() == ""

    def test_they_may_do_little(self, units: list[Path]):
        for unit in units:
            limit = f"--threshold={EXPOSED * 10:.0f}"
            run("systemd-analyze", "security", "--offline=true", "--no-pager", limit, unit)

    @pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
    def test_their_commands_are_there(self, unit: Path):
        [command] = re.findall(r"^ExecStart=/usr/local/lib/lineup/\.venv/bin/(.+)$", unit.read_text(), re.MULTILINE)
        name, *arguments = command.split()

        assert program(name).exists()
        files = [one for one in arguments if one.endswith(".py")]
        assert files
        assert all((house.ROOT / file).is_file() for file in files)


class TestDockerfile:
    def test_its_linter_is_content(self):
        assert run(program("hadolint"), DEPLOY / "Dockerfile") == ""

    def test_what_runs_is_nobody(self):
        last = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM")) :]

        assert "USER 10001:10001" in last
        assert not any("COPY ." in line for line in LINES)

    def test_what_it_copies_is_let_in_and_nothing_else(self):
        copied = {
            name for line in LINES if line.startswith("COPY") and "--from" not in line for name in line.split()[1:-1]
        }
        let_in = {line[1:] for line in (house.ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

        assert copied == let_in
        assert all((house.ROOT / name).exists() for name in copied)


class TestCompose:
    def test_is_of_the_specification(self):
        run(program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")

    @pytest.mark.parametrize("name", OURS)
    def test_ours_write_nowhere_and_have_no_rights(self, name: str):
        service = COMPOSE["services"][name]

        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]

    def test_the_proxy_alone_is_reached(self):
        assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["proxy"]

    def test_web_hosts_are_those_of_nginx(self):
        text = (DEPLOY / "nginx.conf").read_text()
        named = re.findall(r"^ +server (10\.[\d.]+):8000", text, re.MULTILINE)

        assert [COMPOSE["services"][name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")] == named

    def test_the_product_takes_its_settings(self, tmp_path: Path):
        secrets = {"secret_key": "s" * 50, "database_url": "postgres://lineup:secret@database:5432/lineup"}
        for name, value in secrets.items():
            (tmp_path / name).write_text(f"{value}\n")
        environment = {
            name: str(value).replace("/run/secrets", str(tmp_path))
            for name, value in COMPOSE["services"]["web-1"]["environment"].items()
        }

        done = read_settings(environment | {"ALLOWED_HOSTS": "lineup.example"}, show="settings.DATABASES['default']")

        assert done.returncode == 0, done.stderr
        assert "'HOST': 'database'" in done.stdout

    def test_every_setting_is_one(self):
        known = {*house.listed_variables(), "HOST", "PORT"}
        for name in OURS:
            assert {one.removesuffix("_FILE") for one in COMPOSE["services"][name]["environment"]} <= known


def alerts() -> list[dict[str, Any]]:
    read = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    return [rule for group in read["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "lineup.json").read_text())["panels"]
    return found


def expressions() -> list[str]:
    return [rule["expr"] for rule in alerts()] + [one["expr"] for panel in panels() for one in panel["targets"]]


@pytest.mark.django_db
class TestWatching:
    @pytest.fixture
    def served(self, now: datetime) -> set[str]:
        """Names of all numbers that Lineup serves."""
        system = factories.WriteBackFactory().target
        models.FollowedSource.objects.create(system=system, read_at=now)
        measures.RESETS.labels("epoch").inc(0)
        measures.REFUSALS.labels("full").inc(0)
        hashing.REFUSED.inc(0)
        return {"up", *re.findall(r"^(lineup_[a-z_]+)", metrics.everything().decode(), re.MULTILINE)}

    def test_expressions_are_of_prometheus_and_ask_for_what_is_served(self, served: set[str]):
        for expression in expressions():
            promql_parser.parse(expression)
            asked = set(re.findall(r"\b(?:lineup_[a-z_]+|up)\b", expression))
            assert asked
            assert asked <= served, expression

    def test_labels_are_those_that_are_served(self, served: set[str]):
        text = metrics.everything().decode()

        assert set(re.findall(r'phase="(\w+)"', "".join(expressions()))) <= set(re.findall(r'phase="(\w+)"', text))
        states = re.findall(r'state=~?"([\w|]+)"', "".join(expressions()))
        assert {state for listed in states for state in listed.split("|")} <= set(re.findall(r'state="(\w+)"', text))

    def test_each_alert_says_what_to_do(self):
        for rule in alerts():
            assert rule["labels"]["severity"] in {"page", "warn"}
            assert {"summary", "action"} <= rule["annotations"].keys()

    def test_panels_lie_beside_each_other(self):
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]

        assert len(set(places)) == len(places)
        assert len({panel["id"] for panel in panels()}) == len(places)

    def test_prometheus_takes_the_rules(self):
        if not shutil.which("promtool"):
            pytest.skip("no promtool; the expressions were parsed above")
        run("promtool", "check", "rules", DEPLOY / "prometheus" / "alerts.yml")
        run("promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus" / "prometheus.yml")
