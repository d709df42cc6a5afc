"""One simulated system from its first start to SIGTERM; three of them as processes of one."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from assignments.demo.systems.faults import Faults, Setting
from assignments.demo.systems.living import Life
from assignments.demo.systems.routes import SimulatedRoutes
from assignments.demo.systems.server import HOST, SimulatedServer
from assignments.demo.systems.store import Store
from assignments.demo.world import building, districts
from assignments.demo.world.shapes import Size
from assignments.downstream.messages import RESOURCES, System
from notifications.services import ending

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    system: System
    port: int
    """0 takes any free one."""
    size: Size
    seed: int
    data_dir: Path
    faults: Setting
    today: date | None = None
    live_every: float | None = None
    """Seconds between two steps of the world; None lets it stand still."""
    secret: str = ""


class Simulator:
    """A system that listens from construction on. Raises PortTaken, OtherWorld."""

    def __init__(self, options: Options, *, stop: threading.Event) -> None:
        self.options = options
        self._stop = stop
        began = datetime.now(UTC)
        self._shift = (options.today - building.local_today(began)) if options.today else timedelta(0)
        self.store = Store(options.data_dir / f"{options.system.lower()}.sqlite3")
        try:
            faults = Faults(options.faults, seed=options.seed, stop=stop)
            # Before the file is filled: who cannot listen leaves nothing behind.
            self.server = SimulatedServer(
                options.port, SimulatedRoutes(options.system, self.store, faults, options.secret)
            )
            try:
                self._begin(began)
            except BaseException:
                self.server.server_close()
                raise
        except BaseException:
            self.store.close()
            raise

    def _begin(self, began: datetime) -> None:
        options = self.options
        today = options.today or building.local_today(began)
        self.store.fill(options.system, size=options.size, seed=options.seed, today=today, make=building.build)
        plans = districts.plans(options.size, options.seed)
        self.life = Life(system=options.system, store=self.store, plans=plans, seed=options.seed)
        self.life.publish_roster(self.now())

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.server_address[1]}"

    def now(self) -> datetime:
        """The moment in the simulated world, which may live on another day."""
        return datetime.now(UTC) + self._shift

    def describe(self) -> str:
        held = ", ".join(f"{len(self.store.all(each))} {each}" for each in RESOURCES[self.options.system])
        return f"{self.options.system.lower()} at {self.url}: {held}; kept in {self.store.path}"

    def run(self, say: Say) -> None:
        """Serves until the stop event is set."""
        serving = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            while not self._stop.wait(self.options.live_every):
                self.life.publish_roster(self.now())
                say(f"{self.options.system.lower()}: {self.life.advance(self.now())}")
        finally:
            self.server.shutdown()
            self.server.server_close()
            self.store.close()


def run(options: Options, *, say: Say, tell: Say) -> None:
    """Serves one system until SIGTERM or SIGINT; `say` gets the address, `tell` what happens while it lives.

    Raises PortTaken, OtherWorld.
    """
    stop = stop_on_signals()
    simulator = Simulator(options, stop=stop)
    say(simulator.describe())
    simulator.run(tell)


def stop_on_signals() -> threading.Event:
    stop = threading.Event()
    ending.set_by_signals(stop, signal.SIGTERM, signal.SIGINT)
    return stop


def run_all(options: Options, *, say: Say) -> None:
    """Serves all systems on consecutive ports, a process each, until a signal comes or one of them ends."""
    stop = stop_on_signals()
    # Spawned, not forked: children inherit neither threads nor the other end of their pipe.
    context = multiprocessing.get_context("spawn")
    children = []
    for offset, system in enumerate(System):
        theirs, ours = context.Pipe(duplex=False)
        own = replace(options, system=system, port=options.port + offset if options.port else 0)
        child = context.Process(target=_run_child, args=(own, theirs), daemon=True)
        child.start()
        theirs.close()
        children.append((child, ours))
    while not stop.wait(0.1) and all(child.is_alive() for child, _ in children):
        pass
    for child, _ in children:
        child.terminate()
    for child, _ in children:
        child.join()
    if not stop.is_set():
        say("One of the systems ended, so the others were ended too.")


def _run_child(options: Options, parent: Connection) -> None:
    stop = stop_on_signals()
    threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    try:
        simulator = Simulator(options, stop=stop)
    except Exception as refused:  # noqa: BLE001 - one line instead of a traceback per child
        _tell(f"{options.system.lower()}: {refused}")
        return
    _tell(simulator.describe())
    simulator.run(lambda _line: None)


def _tell(line: str) -> None:
    # In one piece: the other systems write to the same pipe, and an unbuffered print comes in two.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _watch(parent: Connection, stop: threading.Event) -> None:
    """A parent that was killed leaves no children behind: the pipe ends with it."""
    with suppress(EOFError, OSError):
        parent.recv_bytes()
    stop.set()
