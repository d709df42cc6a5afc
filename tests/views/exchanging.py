"""Files for the import pages of the administration, and what comes back."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

CSV_FORMAT, XLSX_FORMAT = "0", "1"


def file_of(*rows: dict[str, str]) -> SimpleUploadedFile:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("rows.csv", text.getvalue().encode())


def import_into(client: Client, model: Any, file: Any, *, check_only: bool = False, as_format: str = CSV_FORMAT) -> Any:
    address = reverse(f"admin:assignments_{model._meta.model_name}_import")
    form = {"import_file": file, "format": as_format, "resource": "0"} | ({"check_only": "on"} if check_only else {})
    return client.post(address, form)


def export_of(client: Client, model: Any, *, as_format: str = CSV_FORMAT) -> bytes:
    address = reverse(f"admin:assignments_{model._meta.model_name}_export")
    response = client.post(address, {"format": as_format, "resource": "0"})
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return response.content


def refusals(response: Any) -> list[tuple[int, str, str]]:
    assert response.status_code == 200, "an import that succeeds redirects"
    return response.context["result"].refusals
