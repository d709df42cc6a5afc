"""Records sent by systems."""

from __future__ import annotations

from typing import Any

from django.test import Client

ORDERS = "/api/v1/inbound/work/orders/"


def put(client: Client, reference: str, record: Any, to: str = ORDERS, **headers: str) -> Any:
    return client.put(f"{to}{reference}/", record.model_dump(mode="json") if hasattr(record, "model_dump") else record,
                      content_type="application/json", headers=headers)  # fmt: skip


def send(client: Client, *records: Any, to: str = ORDERS, **headers: str) -> Any:
    plain = [one.model_dump(mode="json") if hasattr(one, "model_dump") else one for one in records]
    return client.post(to, {"records": plain}, content_type="application/json", headers=headers)


def outcomes(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 207, response.content
    return [(one["reference"], one["outcome"]) for one in response.json()["results"]]
