"""Commands of a contributor: `make help` lists every target, and pre-commit runs the parts of `make check`."""

from __future__ import annotations

import re
import subprocess

import yaml

from tests.project import house


def test_help_lists_every_target_with_one_line():
    # Under `make test` make would tell the directory too.
    command = ["make", "--no-print-directory", "help"]
    printed = subprocess.run(command, cwd=house.ROOT, capture_output=True, text=True, check=True).stdout

    listed = [line.split(maxsplit=1) for line in printed.splitlines()]
    assert sorted(name for name, _ in listed) == sorted(targets())
    assert all(len(line) <= 120 for line in printed.splitlines())


def test_pre_commit_runs_each_part_of_check_once():
    hooks = [
        hook
        for repository in yaml.safe_load((house.ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repository["hooks"]
    ]

    assert sorted(hook["entry"] for hook in hooks) == sorted(f"make {part}" for part in parts_of_check())


def targets() -> set[str]:
    """The names in .PHONY."""
    text = makefile().replace("\\\n", " ")
    return {name for line in re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE) for name in line.split()}


def parts_of_check() -> list[str]:
    [line] = re.findall(r"^check: (.*)$", makefile(), re.MULTILINE)
    return [part for part in line.split() if not part.startswith("$")]


def makefile() -> str:
    return (house.ROOT / "Makefile").read_text()
