"""`make mutants`: puts small faults into the lines that a change touches and lists those that no test notices.

A fault is a turned comparison, and/or, plus/minus or a negated condition. Each runs the tests of the same room, in a
copy of the committed state, so that the working tree stays as it is. Minutes to hours: run by hand on a larger change.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "mutants"
PRODUCT = ("assignments", "notifications", "scheduler_site")
PINS = "requirements-mutants.txt"
BORING = [
    r"core/(NumberReplacer|RemoveDecorator|ExceptionReplacer|ReplaceTrueWithFalse|ReplaceFalseWithTrue)",
    # `int | None` in an annotation is no arithmetic.
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add)",
    # Each comparison becomes its boundary and its opposite, not all nine others.
    r"core/ReplaceComparisonOperator_(?!Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Lt_GtE|Gt_LtE|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is)",
    r"core/ReplaceUnaryOperator_(?!Delete_Not)",
]
"""Regular expressions of operators that are left out: their faults are equal to the code or told by any test."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="*", help="files of the product; without them those changed since --base")
    asked.add_argument("--base", default="HEAD~1", help="revision since which lines count as changed (HEAD~1)")
    asked.add_argument("--whole", action="store_true", help="every line of the files, not only the changed ones")
    asked.add_argument("--tests", nargs="+", help="tests to run for each fault; without them those of the same room")
    asked.add_argument("--seconds", type=float, default=300, help="after which a fault counts as noticed (300)")
    options = asked.parse_args()
    files = options.files or list(changed(options.base))
    if not files:
        print(f"No file of the product has changed since {options.base}.")
        return 0
    bin_of = install()
    with Copy() as copy:
        return max(survivors(bin_of, copy, file, options) for file in files)


def changed(base: str) -> Iterator[str]:
    """Python files of the product that differ between `base` and HEAD, migrations left out."""
    for name in output("git", "diff", "--name-only", "--diff-filter=d", base, "HEAD", "--", *PRODUCT).splitlines():
        path = Path(name)
        if path.suffix == ".py" and path.name != "__init__.py" and "migrations" not in path.parts:
            yield name


def tests_of(file: str) -> str:
    """The folder of tests that mirrors the file's room, or the nearest above it: `tests/engine/rules`."""
    inner = Path(*Path(file).parts[1:-1])
    for folder in (inner, *inner.parents):
        if folder.parts and (ROOT / "tests" / folder).is_dir():
            return str(Path("tests") / folder)
    return "tests/project" if file.startswith("scheduler_site") else "tests/streams"


class Copy:
    """A worktree of the committed state below var/, removed at the end."""

    def __enter__(self) -> Path:
        self.path = PLACE / "tree"
        self._remove()
        output("git", "worktree", "add", "--force", "--detach", str(self.path), "HEAD")
        return self.path

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _remove(self) -> None:
        subprocess.run(
            ["git", "worktree", "remove", "--force", str(self.path)], cwd=ROOT, capture_output=True, check=False
        )


def install() -> Path:
    """The directory of cosmic-ray's commands, installed when the pins have changed."""
    folder = PLACE / "venv"
    stamp = folder / "installed"
    pins = (ROOT / PINS).read_text()
    if not stamp.exists() or stamp.read_text() != pins:
        PLACE.mkdir(parents=True, exist_ok=True)
        output(sys.executable, "-m", "venv", "--clear", str(folder))
        output(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(ROOT / PINS))
        stamp.write_text(pins)
    return folder / "bin"


def survivors(bin_of: Path, copy: Path, file: str, options: argparse.Namespace) -> int:
    """Print the faults in one file that no test noticed; 1 when there are any."""
    tests = options.tests or [tests_of(file)]
    name = file.replace("/", ".")
    config, session = PLACE / f"{name}.toml", PLACE / f"{name}.sqlite"
    session.unlink(missing_ok=True)
    config.write_text(settings(file, tests, base="" if options.whole else options.base, seconds=options.seconds))
    print(f"\n== {file}, by {' '.join(tests)}", flush=True)
    output(str(bin_of / "cosmic-ray"), "init", str(config), str(session), cwd=copy)
    output(str(bin_of / "cr-filter-operators"), str(session), str(config), cwd=copy)
    if not options.whole:
        output(str(bin_of / "cr-filter-git"), "--config", str(config), str(session), cwd=copy)
    output(str(bin_of / "cosmic-ray"), "exec", str(config), str(session), cwd=copy)
    report = output(str(bin_of / "cr-report"), "--surviving-only", "--show-diff", str(session), cwd=copy)
    print(report, flush=True)
    return int("survived" in report.lower() and "surviving mutants: 0 " not in report.lower())


def settings(file: str, tests: Iterable[str], *, base: str, seconds: float) -> str:
    """cosmic-ray's configuration, as TOML; JSON's strings and lists are TOML's too."""
    command = f"{sys.executable} -m pytest --quiet --exitfirst -p no:randomly -m 'not (browser or faults or long)'"
    git = f"[cosmic-ray.filters.git-filter]\nbranch = {json.dumps(base)}\n" if base else ""
    return (
        f"[cosmic-ray]\nmodule-path = {json.dumps(file)}\ntimeout = {seconds}\nexcluded-modules = []\n"
        f"test-command = {json.dumps(' '.join([command, *tests]))}\n"
        f'[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(BORING)}\n{git}"
    )


def output(*command: str, cwd: Path = ROOT) -> str:
    """Standard output; what the command complained about is shown when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
