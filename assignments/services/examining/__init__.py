"""Looks at the whole installation, and says in plain words what is wrong with it and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError

from assignments.services.examining import foundations, machine, set_up, work
from assignments.services.examining.ailment import Ailment, Look

ON_THE_MACHINE: tuple[Look, ...] = (
    machine.development, machine.open_to_eavesdroppers, machine.every_host, machine.full_disks, machine.readable_files,
    machine.missing_static_files, machine.unwritable_code, machine.silent_bus,
)  # fmt: skip
ON_THE_DATABASE: tuple[Look, ...] = (foundations.unreachable, foundations.missing_tables, foundations.newer_tables)
"""Each of them makes what comes after pointless."""
IN_THE_ROWS: tuple[Look, ...] = (
    foundations.lossy_commits, foundations.silent_sessions, foundations.scarce_connections, foundations.other_clock,
    set_up.nobody_to_administer, set_up.no_rules, set_up.districts_without_managers, set_up.missing_secrets,
    work.no_worker, work.waiting_runs, work.failed_runs, work.late_sources, work.refused_records, work.away_targets,
    work.waiting_write_backs, work.refused_write_backs, work.silent_subscriptions,
)  # fmt: skip


def examine(*, now: datetime) -> Iterator[Ailment]:
    """Everything that is wrong; what lies in the rows is left out while they cannot be read."""
    for look in ON_THE_MACHINE:
        yield from look(now)
    for look in ON_THE_DATABASE:
        found = list(look(now))
        yield from found
        if found:
            return
    for look in IN_THE_ROWS:
        try:
            yield from look(now)
        except DatabaseError as error:
            yield Ailment(
                "database", f"{look.__name__} could not be looked at: {error}.", "Look at the database's log."
            )
