"""The tables of a drill, and whether each zero is one."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.drill import __main__ as drilling
from tests.drill import accounts, boards, installation, managers, wire

OPENINGS = {"open", "reset", "silence"}
"""Reasons for which a page may ask by itself."""


def report(options: drilling.Options, site: installation.Installation, found: drilling.Found) -> int:
    """The exit code: 1 when something is not zero that must be."""
    said = pickle.loads(found.records.read_bytes())
    pages: list[boards.Record] = said["boards"]
    log = accounts.read_log()
    zeros = _zeros(site, found, pages, said["managers"], log)
    _print(f"{options.boards} open pages, {options.managers} managers, {options.seconds:g} s", _facts(options, found))
    _print("must be zero", zeros)
    _print("from commit to page", _latency(log, pages, found.trouble.windows))
    _print("answers", _answers(pages, said["managers"]))
    _print("processes", _processes(options, found))
    wrong = [name for name, count in zeros if count]
    print(f"\nNot zero: {', '.join(wrong)}." if wrong else "\nEvery zero is one.")
    return 1 if wrong else 0


def _print(title: str, rows: Sequence[tuple[str, object]]) -> None:
    print(f"\n| {title} | |\n| --- | ---: |")
    for name, value in rows:
        print(f"| {name} | {value:,} |" if isinstance(value, int) else f"| {name} | {value} |")


def _facts(options: drilling.Options, found: drilling.Found) -> list[tuple[str, object]]:
    done = found.trouble.done
    kinds = ("web", "worker", "redis", "postgres", "flap")
    killed = ", ".join(f"{name} {done[name]}" for name in kinds if name in done)
    rest = "never" if found.rest_seconds is None else f"{found.rest_seconds:.0f} s"
    return [
        ("database", "SQLite" if options.sqlite else "PostgreSQL"),
        ("killed, restarted, down", killed or "nothing"),
        ("load of the machine at the end", " ".join(f"{one:.1f}" for one in os.getloadavg())),
        ("until workers had done everything", rest),
    ]


def _zeros(
    site: installation.Installation, found: drilling.Found, pages: list[boards.Record], people: list[managers.Done],
    log: accounts.Log,
) -> list[tuple[str, int]]:  # fmt: skip
    told = accounts.told(log, pages, accounts.Ends(found.rested_at, found.closed_at, drilling.PATIENCE))
    overlaps, parts = accounts.booked_twice()
    lost, invented = accounts.decisions(people)
    books = accounts.books(site.home / "systems")
    asked = sum((record.asks for record in pages), Counter[str]())
    print(f"\n{told.deliveries:,} events told to pages, {books.told:,} write-backs taken, {told.resets} resets")
    return [
        ("crews in two places", overlaps),
        ("parts of orders assigned twice", parts),
        ("confirmed decisions lost", lost),
        ("decisions nobody made", invented),
        ("write-backs missing", books.missing),
        ("write-backs taken twice", books.doubled),
        ("write-backs that differ", books.different),
        ("write-backs left", books.open),
        ("write-backs that need a person", books.dead),
        ("bookings that stand apart", books.apart),
        ("events lost", told.lost),
        ("events invented", told.invented),
        ("events doubled", told.doubled),
        ("events out of order", told.disordered),
        (f"events outstanding {drilling.PATIENCE:g} s after the end", told.outstanding),
        ("pages stopped for good", told.stopped),
        ("requests of pages for what had changed", sum(n for why, n in asked.items() if why not in OPENINGS)),
        *_wrong_answers(found, pages, people),
        ("work left by workers", int(found.rest_seconds is None)),
        ("runs that failed", accounts.runs_failed()),
        ("kinds of acts that never succeeded", len(_never_done(people))),
    ]


def _counted(pages: list[boards.Record], people: list[managers.Done]) -> Counter[wire.Outcome]:
    found: Counter[wire.Outcome] = Counter()
    for answers in (*(page.answers for page in pages), *(one.answers for one in people)):
        found += answers
    return found


def _within(at: float, windows: Sequence[tuple[float, float]]) -> bool:
    return any(start <= at <= end for start, end in windows)


def _wrong_answers(
    found: drilling.Found, pages: list[boards.Record], people: list[managers.Done]
) -> list[tuple[str, int]]:
    outcomes = _counted(pages, people).items()
    wrong = sum(count for (_, status, patient), count in outcomes if not status or (status >= 500 and not patient))
    refused = [at for page in pages for at in page.refused] + [at for one in people for at in one.refused]
    calm = [at for at in refused if at > found.began_at and not _within(at, found.trouble.windows)]
    return [
        ("answers of 5xx other than 503 with Retry-After, or none", wrong),
        ("503 with nothing killed within 5 s", len(calm)),
    ]


def _never_done(people: list[managers.Done]) -> set[str]:
    """A drill in which nobody approves anything has tried nothing."""
    return {"approve", "undo"} - {act.kind for one in people for act in one.acts if act.status == 200}


def _answers(pages: list[boards.Record], people: list[managers.Done]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for (kind, status, patient), count in sorted(_counted(pages, people).items()):
        word = f"{status or 'none'}{' with Retry-After' if patient else ''}"
        found.append((f"{kind}: {word}", count))
    acts = Counter((act.kind, act.status) for one in people for act in one.acts)
    found += [(f"act {kind}: {status or 'none'}", count) for (kind, status), count in sorted(acts.items())]
    slow = [act.seconds for one in people for act in one.acts if act.status == 200]
    found.append(("a decision took, p50 / p99 / longest", _quantiles(np.array(slow))))
    found.append(
        ("a page took, p50 / p99 / longest", _quantiles(np.array([one for each in people for one in each.pages])))
    )
    return found


def _latency(
    log: accounts.Log, pages: list[boards.Record], windows: Sequence[tuple[float, float]]
) -> list[tuple[str, object]]:
    events, news = accounts.delays(log, pages, windows)
    return [
        ("events, p50 / p99 / longest", _quantiles(events)),
        ("news of pages, p50 / p99 / longest", _quantiles(news)),
        ("counted", len(events)),
    ]


def _quantiles(seconds: Any) -> str:
    if not len(seconds):
        return "none"
    return " / ".join(f"{1000 * one:,.0f} ms" for one in np.quantile(seconds, [0.5, 0.99, 1.0]))


def _processes(options: drilling.Options, found: drilling.Found) -> list[tuple[str, object]]:
    sampler = found.sampler
    rows: list[tuple[str, object]] = [
        (f"{kind}: processor, largest", f"{100 * used / options.seconds:.0f} %, {sampler.memory[kind] / 2**20:.0f} MB")
        for kind, used in sorted(sampler.seconds.items())
    ]
    if not options.sqlite:
        rows.append(("connections of PostgreSQL, the most", sampler.connections))
    return rows
