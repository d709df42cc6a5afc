"""Runs of the engine's benchmark in processes of their own: ours, and its peers' in their environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks import peers

CACHE = peers.ROOT / "var" / "bench-engine"
PINS = "requirements-bench-engine.txt"
OURS = {"Lineup": "classes", "Lineup, weights only": "weight"}
PEERS = {"VROOM 1.15": "vroom", "PyVRP 0.14": "pyvrp", "OR-Tools 9.15": "ortools"}


def run_ours(*arguments: object) -> dict:
    return run_module("engine_ours", *arguments)


def run_module(name: str, *arguments: object) -> dict:
    return _answer([sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, arguments)])


def run_peer(name: str, instance: dict[str, np.ndarray], seconds: float, seed: int) -> dict:
    python = _environment_of_peers()
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch:
        path = Path(scratch) / "instance.npz"
        np.savez(path, allow_pickle=False, seconds=np.array(seconds), seed=np.array(seed), **instance)
        script = str(Path(__file__).with_name("engine_peer.py"))
        return _answer([str(python), script, PEERS[name], str(path)])


def _answer(command: list[str]) -> dict:
    done = subprocess.run(
        command, cwd=peers.ROOT, capture_output=True, text=True, check=False,
        preexec_fn=peers.pinned(min(os.sched_getaffinity(0))),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"failed: {done.stderr.strip()[-120:] or done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _environment_of_peers() -> Path:
    python = CACHE / "bin" / "python"
    wanted, stamp = (peers.ROOT / PINS).read_text(), CACHE / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        peers.run([sys.executable, "-m", "venv", str(CACHE)], peers.ROOT)
        peers.run([str(python), "-m", "pip", "install", "--quiet", "-r", PINS], peers.ROOT)
        stamp.write_text(wanted)
    return python
