"""Requests to a mapped system show its credentials, which nobody else is shown."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest

from assignments.downstream import client, outcomes
from assignments.downstream.adapters.mapped import signing_in
from assignments.downstream.messages import Resource
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.downstream.mapped import made, read, rows


class TestSigningIn:
    @pytest.mark.parametrize(
        ("auth", "header", "value"),
        [
            ({"type": "bearer", "token_env": "LINEUP_SECRET_HR"}, "authorization", "Bearer pa:ss"),
            ({"type": "basic", "username": "lineup", "password_env": "LINEUP_SECRET_HR"}, "authorization",
             "Basic bGluZXVwOnBhOnNz"),
            ({"type": "api_key", "key_env": "LINEUP_SECRET_HR", "name": "X-Key"}, "x-key", "pa:ss"),
        ],
    )  # fmt: skip
    def test_each_request_shows_the_secret(
        self, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch, auth: Any, header: str, value: str
    ) -> None:
        monkeypatch.setenv("LINEUP_SECRET_HR", "pa:ss\n")
        system.answer(rows(1, 1))

        read(system, auth=auth)

        assert system.asked[0].headers[header] == value

    def test_a_token_is_shared_until_shortly_before_its_end(
        self, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LINEUP_SECRET_HR", "pass")
        clock = SimpleNamespace(now=1_000.0)
        monkeypatch.setattr(signing_in, "time", SimpleNamespace(monotonic=lambda: clock.now))
        auth = {"type": "oauth2", "token_url": "token", "client_id": "lineup", "client_secret_env": "LINEUP_SECRET_HR",
                "send": "body", "scope": "skills", "params": {"audience": "hr"}}  # fmt: skip
        token = Answer(body={"access_token": "abc", "expires_in": 5})
        system.respond = lambda asked: token if asked.path == "/token" else rows(1, 1)
        for clock.now in (1_000.0, 1_003.9, 1_004.1):
            read(system, auth=auth)

        assert [asked.path for asked in system.asked] == ["/token", "/skills", "/skills", "/token", "/skills"]
        assert parse_qs(system.asked[0].raw.decode()) == {
            "grant_type": ["client_credentials"], "audience": ["hr"], "scope": ["skills"], "client_id": ["lineup"],
            "client_secret": ["pass"],
        }  # fmt: skip
        assert system.asked[1].headers["authorization"] == "Bearer abc"

    def test_a_key_in_the_address_goes_with_each_page_that_is_named(
        self, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LINEUP_SECRET_HR", "key 1")
        auth = {"type": "api_key", "key_env": "LINEUP_SECRET_HR", "name": "key", "place": "query"}
        system.answer(rows(1, 1, next="/skills?from=2&x=1"), rows(2, 2))

        read(system, auth=auth, how={"paging": {"type": "link", "next": "next"}, "params": {"shape": '{"a": 1}'}})

        assert [asked.query for asked in system.asked] == [
            {"shape": '{"a": 1}', "key": "key 1"}, {"from": "2", "x": "1", "key": "key 1"}
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (Answer(drip=100), "in the time given"),
            (Answer(raw=b" " * 200_000), "more than 0.1 MB"),
            (Answer(body={"token": "x"}), "its answer has no access_token"),
            (Answer(body={"access_token": "half \ud83d"}), "its answer has no access_token"),
            (Answer(503), "gives no token: answered 503"),
        ],
    )
    def test_a_token_that_does_not_come_is_said_and_nothing_was_told(
        self, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch, answer: Answer, why: str
    ) -> None:
        monkeypatch.setenv("LINEUP_SECRET_HR", "pass")
        auth = {"type": "oauth2", "token_url": "token", "client_id": "lineup", "client_secret_env": "LINEUP_SECRET_HR"}
        system.respond = lambda asked: answer
        there = made(system.url, auth=auth, actions={"ASSIGN": {}, "REVOKE": {}}, set_up={"timeout": 1.0})

        outcome = there.tell(outcomes.ToTell("ASSIGN", {}, "key-1"), seconds=60)

        assert why in outcome.why
        assert isinstance(outcome, outcomes.Unusable) or not outcome.is_reached
        assert {asked.path for asked in system.asked} == {"/token"}

    def test_a_finding_hides_it(self, system: ScriptedSystem, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LINEUP_SECRET_HR", "pa:ss")
        auth = {"type": "api_key", "key_env": "LINEUP_SECRET_HR", "name": "key", "place": "query"}
        system.respond = lambda asked: Answer(body={"rows": [], "you": asked.query["key"], "url": "?key=pa%3Ass"})

        found = made(system.url, auth=auth).check(
            Resource.QUALIFICATIONS, scope="", limits=client.ReadingLimits(time.monotonic() + 60)
        )

        assert system.asked[0].query["key"] == "pa:ss"
        assert "pa" not in found.request + found.answer
        assert found.status == 200
