"""`make matrix` finds each Python once: real interpreters here, and files that only look like one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import matrix


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def answers(path: Path, answer: str) -> Path:
    """An interpreter as far as `matrix` asks: it prints `answer` for its kind and version."""
    return script(path, f"echo '{answer}'")


class TestKnown:
    def test_asks_a_real_interpreter(self):
        [interpreter] = matrix.known([Path(sys.executable)])

        assert interpreter.minor == sys.version_info[:2]
        assert interpreter.version.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")

    @pytest.mark.parametrize(
        "answer",
        [
            '["cpython", 3, 10, "3.10.13", true]',  # too old
            '["pypy", 3, 11, "3.11.9", true]',  # compiled packages are pinned for CPython
        ],
    )
    def test_leaves_out_what_lineup_does_not_run_on(self, tmp_path: Path, answer: str):
        assert list(matrix.known([answers(tmp_path / "python3", answer)])) == []

    def test_leaves_out_a_shim_that_refuses_and_a_file_that_is_not_there(self, tmp_path: Path):
        shim = script(tmp_path / "python3.12", "exit 127")

        assert list(matrix.known([shim, tmp_path / "python3.13"])) == []


def test_finds_what_is_named_then_path_then_pyenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, pyenv = tmp_path / "bin", tmp_path / "pyenv" / "versions" / "3.13.0" / "bin"
    for folder in (path, pyenv):
        folder.mkdir(parents=True)
        for name in ("python3.13", "python3.13-config", "python2.7"):
            (folder / name).touch()
    monkeypatch.setenv("PATH", f"{path}:{tmp_path / 'nowhere'}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))

    found = list(matrix.candidates(["named/python"]))

    assert found == [Path("named/python"), path / "python3.13", pyenv / "python3.13"]


def test_one_of_each_minor_that_makes_environments_if_any_does(tmp_path: Path):
    bare = answers(tmp_path / "a", '["cpython", 3, 12, "3.12.1", false]')
    whole = answers(tmp_path / "b", '["cpython", 3, 12, "3.12.0", true]')
    older = answers(tmp_path / "c", '["cpython", 3, 11, "3.11.7", false]')

    chosen = matrix.one_of_each_minor(matrix.known([bare, whole, older]))

    assert [interpreter.path for interpreter in chosen] == [older, whole]


def test_a_version_without_environments_does_not_pass():
    interpreter = matrix.Interpreter(Path("python3.12"), "3.12.1", (3, 12), makes_environments=False)

    assert matrix.outcome(interpreter).startswith("left out")


def test_the_fast_tests_are_asked_for_in_words_that_pytest_knows(pytestconfig: pytest.Config):
    _known, unknown = pytestconfig._parser.parse_known_and_unknown_args(matrix.FAST)

    assert not unknown
