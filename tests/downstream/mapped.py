"""A workforce system of somebody else's making, by a small manifest."""

from __future__ import annotations

import json
import time
from typing import Any

from assignments.downstream import client, seam
from assignments.downstream.adapters.mapped import adapter
from assignments.downstream.messages import Resource, System
from tests.downstream.conftest import Answer, ScriptedSystem

SKILL = {"reference": "code", "name": "label", "version": "rev"}


def how(**changes: Any) -> dict[str, Any]:
    return {"path": "skills", "records": "rows", "columns": SKILL, **changes}


def made(address: str = "http://hr:8080", *, kind: System = System.WORKFORCE, **manifest: Any) -> adapter.MappedAdapter:
    said = manifest.pop("set_up", {})
    by_district = said.pop("by_district", False)
    text = json.dumps({"resources": {"qualifications": how()}, **manifest})
    return adapter.MappedAdapter(seam.SetUp(
        address=address, kind=kind, by_district=by_district, is_target=bool(manifest.get("actions")), manifest=text,
        **said,
    ))  # fmt: skip


def read(system: ScriptedSystem, mark: seam.Mark | None = None, size: int = 500, **changes: Any) -> list[seam.Chunk]:
    manifest = {"resources": {"qualifications": how(**changes.pop("how", {}))}, **changes}
    limits = seam.PassLimits(lambda: client.ReadingLimits(time.monotonic() + 60), lambda: size)
    return list(made(system.url, **manifest).read(Resource.QUALIFICATIONS, scope="", mark=mark or {}, limits=limits))


def rows(first: int, last: int, **body: Any) -> Answer:
    return Answer(
        body={"rows": [{"code": f"Q{n}", "label": "Skill", "rev": n} for n in range(first, last + 1)], **body}
    )


def names(chunks: list[seam.Chunk]) -> list[str]:
    return [record.reference for chunk in chunks for record in chunk.records]
