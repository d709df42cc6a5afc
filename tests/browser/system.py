"""One downstream system in a process of its own: the demo's, without Django, which it has no need of."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from assignments.demo.systems import running
from assignments.demo.systems.faults import Setting
from assignments.demo.world.shapes import Size
from assignments.downstream.messages import System


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--system", type=lambda name: System(name.upper()))
    parser.add_argument("--port", type=int)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--size", type=Size)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--today", type=date.fromisoformat)
    parser.add_argument("--latency", type=float)
    given = vars(parser.parse_args())
    options = running.Options(faults=Setting(latency=given.pop("latency")), **given)
    running.run(options, say=_say, tell=_say)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
