"""A page in which one record, or the encoding, is odd still gives all the others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assignments.downstream import client, reading, seam, trouble
from assignments.downstream.messages import Resource
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.downstream.simulators import read

LINE = {"reference": "LINE", "version": 1, "name": "Línea"}


def page(*items: Any) -> str:
    return json.dumps({"items": items, "next": None, "version": 9}, ensure_ascii=False)


def answer(system: ScriptedSystem, body: bytes) -> Any:
    system.answer(Answer(raw=body))
    return read(system.url, Resource.QUALIFICATIONS)


class TestOddPages:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_are_read_in_whatever_encoding(self, system: ScriptedSystem, encoding: str) -> None:
        found = answer(system, page(LINE).encode(encoding))

        assert [(one.reference, one.name) for one in found.records] == [("LINE", "Línea")]

    def test_one_byte_of_another_encoding_changes_no_other_letter(self, system: ScriptedSystem) -> None:
        odd = {"reference": "ODD", "version": 1, "name": "caf?"}

        found = answer(system, page(LINE, odd).encode().replace(b"caf?", b"caf\xe9"))

        assert [one.name for one in found.records] == ["Línea", "café"]

    @pytest.mark.parametrize(
        ("odd", "reason"),
        [
            ('{"reference": "ODD", "version": 1, "name": "half \\ud83d"}', None),
            ('{"reference": "ODD", "version": 1, "name": "nul \\u0000"}', None),
            ('{"reference": "ODD\\ud83d", "version": 1, "name": "x"}', "reference"),
            ('{"reference": "ODD", "version": %s, "name": "x"}' % ("9" * 5000), "version"),
            ('{"reference": "ODD", "version": NaN, "name": "x"}', "version"),
            ('{"reference": "ODD", "version": 1, "name": "a raw\tcontrol"}', None),
            ("null", ""),
            ("[[]]", ""),
            ('{"reference": "ODD", "version": 1, "name": %s}' % ("[" * 600 + "]" * 600), "name"),
            ('{"reference": "ODD", "version": 1, "name": %s}' % ('{"a]{\\" ": ' * 5000 + "1" + "}" * 5000), "name"),
            ('{"reference": "ODD", "version": 1, "name": "x", "more": %s}' % ("[" * 5000 + "]" * 5000), None),
        ],
    )  # fmt: skip
    def test_one_odd_record_spoils_no_other(self, system: ScriptedSystem, odd: str, reason: str | None) -> None:
        found = answer(system, page("HERE", LINE).replace('"HERE"', odd).encode())

        assert [one.reference for one in found.records][-1] == "LINE"
        assert len(found.records) == (2 if reason is None else 1)
        assert all(what.startswith(reason or "") for _, what in found.invalid)

    def test_the_record_is_kept_as_it_came(self, system: ScriptedSystem) -> None:
        body = page("HERE").replace('"HERE"', '{"reference": "ODD", "version": 3, "name": "", "x": "\\u0000\\ud83d"}')
        system.answer(Answer(raw=body.encode()))
        with client.Client(base_url=system.url) as http:
            limits = client.ReadingLimits(deadline=float("inf"))
            [chunk] = reading.read(
                http, Resource.QUALIFICATIONS, scope="", mark={}, limits=seam.PassLimits(lambda: limits)
            )

        [odd] = chunk.refused
        assert (odd.reference, odd.field, odd.version) == ("ODD", "name", 3)
        assert odd.raw == '{"reference": "ODD", "version": 3, "name": "", "x": "\\u0000\\ud83d"}'

    @pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'{"items": [', b"\xff\xfe\x00", b"null"])
    def test_what_is_no_page_is_said(
        self, system: ScriptedSystem, body: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "_backoff", lambda state: 0.01)
        system.answer(*[Answer(raw=body)] * client.ATTEMPTS)

        with pytest.raises(trouble.SystemUnavailable, match="something else than agreed"):
            read(system.url, Resource.QUALIFICATIONS)
