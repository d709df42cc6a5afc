"""The life of an import: read, checked, imported, and taken back where that had to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assignments import models
from assignments.services.files import applying, leasing, staging, taking_back
from assignments.services.files.checking import FileCheck

Status = models.FileImport.Status

_STEPS: Mapping[str, Callable[[leasing.HeldImport], None]] = {
    Status.READING: staging.read,
    Status.CHECKING: lambda held: FileCheck(held).run(),
    Status.APPLYING: applying.apply,
    Status.TAKING_BACK: taking_back.take_back,
}


def go_on(*, held: leasing.HeldImport) -> None:
    """Goes on with the import as far as a worker can, or until it is asked to stop. Raises ImportLost."""
    while held.file.is_at_work and not held.stop():
        _STEPS[held.file.status](held)
    leasing.release(file=held.file, owner=held.owner)


def give_up(*, held: leasing.HeldImport) -> None:
    """Ends what an error in Lineup stopped, so that it is not tried for ever. Raises ImportLost."""
    sentence = "An error in Lineup ended this import. Tell an administrator: the log has it."
    if held.file.status == Status.APPLYING:
        held.becomes(Status.TAKING_BACK, sentence=sentence)
    elif held.file.status in models.FileImport.CANCELLABLE:
        held.becomes(Status.REFUSED, sentence=sentence)
    else:
        held.becomes(Status.TAKEN_BACK, sentence=f"{sentence} A part of it stands.")
    leasing.release(file=held.file, owner=held.owner)
