"""`make audit` is green only for what it has looked at."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests import audit

pytestmark = pytest.mark.once


def program(folder: Path, name: str, *, prints: str, status: int = 0) -> Path:
    """A program that prints this; the folder that it is in."""
    file = folder / name
    file.write_text(f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\nexit {status}\n")
    file.chmod(0o700)
    return folder


def known(*, vulns: list[dict[str, str]]) -> str:
    return json.dumps({"dependencies": [{"name": "django", "version": "5.2.19", "vulns": vulns}]})


class TestVulnerabilities:
    def test_none(self, tmp_path: Path):
        assert audit.vulnerabilities(program(tmp_path, "pip-audit", prints=known(vulns=[]))) == []

    def test_one_is_named(self, tmp_path: Path):
        programs = program(tmp_path, "pip-audit", prints=known(vulns=[{"id": "PYSEC-1"}]), status=1)

        assert audit.vulnerabilities(programs) == ["django 5.2.19: PYSEC-1"]

    @pytest.mark.parametrize(
        "prints",
        [
            "",
            '{"dependencies": []}',
            # Of a mirror that has packages and no database, and a program that is content with it.
            '{"dependencies": [{"name": "django", "skip_reason": "Dependency not found on PyPI"}]}',
        ],
    )
    def test_a_database_that_does_not_answer_is_not_green(
        self, tmp_path: Path, prints: str, capsys: pytest.CaptureFixture[str]
    ):
        programs = program(tmp_path, "pip-audit", prints=prints)

        assert audit.report("vulnerabilities", lambda: audit.vulnerabilities(programs)) == 1
        assert "NOT LOOKED AT" in capsys.readouterr().out

    def test_nor_is_a_program_that_is_not_there(self, tmp_path: Path):
        with pytest.raises(audit.Unlooked):
            audit.vulnerabilities(tmp_path)


@pytest.mark.parametrize(
    ("licence", "count"),
    [
        ("MIT", 0),
        ("LGPL-3.0-only", 0),
        ("GNU Lesser General Public License v3 (LGPLv3)", 0),
        ("GPL-3.0-or-later", 1),
        ("AGPL-3.0", 1),
        ("GNU General Public License v3 (GPLv3)", 1),
        ("UNKNOWN", 1),
    ],
)
def test_licences_that_ask_for_more(licence: str, count: int):
    assert len(audit.refused({"package": licence})) == count


def test_a_vendored_file_that_was_changed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit, "VENDOR", tmp_path / "vendor")
    folder = tmp_path / "vendor" / "map"
    folder.mkdir(parents=True)
    (tmp_path / "map.js").write_text("draw();\n//# sourceMappingURL=map.js.map\n")
    with tarfile.open(tmp_path / "map.tgz", "w:gz") as archive:
        archive.add(tmp_path / "map.js", "package/dist/map.js")
    (folder / "map.js").write_text("draw();\n")
    (folder / "other.js").write_text("steal();\n")

    assert audit.differing(folder, tmp_path / "map.tgz") == ["vendor/map/other.js is not as published"]


def test_all_vendored_packages_are_looked_at():
    named = {folder for folder, _, _ in audit._TABLE.findall((audit.VENDOR / "VENDORED.md").read_text())}

    assert named == {path.name for path in audit.VENDOR.iterdir() if path.is_dir()}
