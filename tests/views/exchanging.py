"""Files for the import pages of the administration, a worker that imports them, and what comes back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.services.files import importing, leasing

CSV_FORMAT, XLSX_FORMAT = "0", "1"

Status = models.FileImport.Status


@dataclass
class Imported:
    """A file that was sent, and its page after a worker had it."""

    response: Any
    file: models.FileImport | None

    @property
    def is_taken(self) -> bool:
        return self.file is not None and self.file.status == Status.DONE

    @property
    def page(self) -> str:
        return self.response.content.decode()

    @property
    def refusals(self) -> list[tuple[int, str, str]]:
        """Each refusal with its row in the file (0 for the file as a whole), column and sentence."""
        assert self.file is not None, self.response.context["form"].errors
        assert not self.is_taken, "it was imported"
        rows = self.file.staged.filter(outcome="REFUSED").order_by("number")
        told = [(row.number, column, text) for row in rows for column, text in sorted(json.loads(row.told))]
        return told or ([(0, "", self.file.sentence)] if self.file.sentence else [])


def file_of(*rows: dict[str, str]) -> SimpleUploadedFile:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("rows.csv", text.getvalue().encode())


def work_off(owner: str = "worker") -> None:
    """Does what a worker does with all files that wait."""
    while (file := leasing.claim(owner=owner, now=timezone.now())) is not None:
        importing.go_on(held=leasing.HeldImport(file, owner, timezone.now))


def address(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:assignments_{model._meta.model_name}_{name}", args=args)


def upload(client: Client, model: Any, file: Any, *, check_only: bool = False, **options: str) -> Any:
    """The answer to a file that is sent; no worker has it yet."""
    form = {"import_file": file, **options} | ({"shows_first": "on"} if check_only else {})
    return client.post(address(model, "import"), form)


def import_into(client: Client, model: Any, file: Any, *, check_only: bool = False, **options: str) -> Imported:
    """The file, imported by a worker; with `check_only` it waits for a person after the check."""
    response = upload(client, model, file, check_only=check_only, **options)
    if response.status_code != 302:
        return Imported(response, None)
    work_off()
    return shown(client, response.url)


def shown(client: Client, page: str) -> Imported:
    """The page of an import as it is now."""
    response = client.get(page)
    return Imported(response, models.FileImport.objects.get(pk=response.context["page"].id))


def export_of(client: Client, model: Any, *, as_format: str = CSV_FORMAT) -> bytes:
    response = client.post(address(model, "export"), {"format": as_format, "resource": "0"})
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return response.content
