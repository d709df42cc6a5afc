"""Whether the log is still the one that cursors speak of. A database that was put back has forgotten what was told.

Two things give it away, and either begins a new epoch: the database lies elsewhere than the epoch row says (a copy has
the original's row), or an event that a server process has seen is neither in the log nor was trimmed away.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

from django.db import ProgrammingError, connection, transaction

from notifications.models import Event, LogEpoch
from notifications.services import event_log, positions
from notifications.wire import event_ids

logger = logging.getLogger(__name__)

# The cluster, and its timeline, which a recovery to a point in time changes. An account may be forbidden to ask.
_CLUSTER = "SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()"
_TABLE = "SELECT oid, 'notifications_event'::regclass::oid FROM pg_database WHERE datname = current_database()"
_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Witness:
    """The last event of the log that somebody outside it remembers; without a digest only its position is known."""

    epoch: str
    position: int
    digest: str


def look(*, known: Witness | None, told: event_ids.Cursor | None = None) -> Witness | None:
    """The log's last event, to be handed in at the next look; None while the log has no epoch.

    Begins a new epoch when the log does not bear out what is `known`, or ends before what readers were `told`. One
    query while nothing happens.
    """
    state = positions.seen()
    if state is None:
        return known
    if known is not None and (known.epoch, known.position) == (state.epoch, state.head) and not _is_behind(state, told):
        return known
    compared = {state.head, known.position if known is not None else state.head}
    digests = {row.position: _digest(row) for row in Event.objects.filter(position__in=compared)}
    if _is_behind(state, told) or (known is not None and not _bears_out(known, state, digests)):
        logger.warning("The event log has lost events that were told. A new epoch begins, and readers reload.")
        event_log.begin_epoch(instead_of=state.epoch, storage=_storage())
        return look(known=None)
    witness = Witness(state.epoch, state.head, digests.get(state.head, ""))
    _remember(witness)
    return witness


def compare_storage() -> None:
    """Begins a new epoch when the database lies elsewhere than it did."""
    here = _storage()
    row = LogEpoch.objects.filter(pk=LogEpoch.ONLY).first()
    if row is None or not here:
        return
    pairs = list(zip_longest(row.storage.split(), here.split(), fillvalue=_UNKNOWN))
    if any(was != now and _UNKNOWN not in (was, now) for was, now in pairs):
        logger.warning("The event log lies in another place than it did. A new epoch begins, and readers reload.")
        event_log.begin_epoch(instead_of=row.value, storage=here)
        return
    known = " ".join(was if now == _UNKNOWN else now for was, now in pairs)
    if known != row.storage:
        LogEpoch.objects.filter(pk=LogEpoch.ONLY, storage=row.storage).update(storage=known)


def remembered() -> Witness | None:
    """The note of a server process of this machine beside the SQLite file; None on PostgreSQL."""
    place = _notebook()
    if place is None:
        return None
    try:
        return Witness(**json.loads(place.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _is_behind(state: positions.LogState, told: event_ids.Cursor | None) -> bool:
    return told is not None and told.epoch == state.epoch and told.position > state.head


def _bears_out(known: Witness, state: positions.LogState, digests: dict[int | None, str]) -> bool:
    if known.epoch != state.epoch or known.position <= state.trimmed_through:
        return True
    if known.position in digests:
        return known.digest in ("", digests[known.position])
    # Asked again: it may have been trimmed between the two queries.
    now = positions.seen()
    return now is None or known.epoch != now.epoch or known.position <= now.trimmed_through


def _digest(row: Event) -> str:
    text = f"{row.pk} {row.channel} {row.type} {row.created_at.isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _storage() -> str:
    """Where the log lies, part by part, as far as it can be found out."""
    if connection.vendor == "postgresql":
        return f"{_cluster()} {_answer(_TABLE)}"
    try:
        file = Path(str(connection.settings_dict["NAME"])).stat()
    except OSError:
        return ""
    return f"{file.st_dev} {file.st_ino}"


def _cluster() -> str:
    try:
        with transaction.atomic():
            return _answer(_CLUSTER)
    except ProgrammingError:
        return f"{_UNKNOWN} {_UNKNOWN}"


def _answer(query: str) -> str:
    with connection.cursor() as answers:
        answers.execute(query)
        return " ".join(str(part) for part in answers.fetchone())


def _notebook() -> Path | None:
    if connection.vendor == "postgresql" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's
        return None
    return Path(f"{connection.settings_dict['NAME']}-witness")


def _remember(witness: Witness) -> None:
    """Beside the file and not in it, so that a copy that is put back in the same place does not bring its own."""
    place = _notebook()
    if place is not None:
        draft = place.with_name(f"{place.name}-{os.getpid()}")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(asdict(witness)))
            draft.replace(place)
