"""Manifests: what is wrong with one is said in a sentence; each way of paging, signing in and writing values works."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

import pytest

from assignments.downstream import client, messages, outcomes, seam, trouble
from assignments.downstream.messages import Resource
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.downstream.mapped import SKILL, how, made, names, read, rows


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


class TestFaults:
    @pytest.mark.parametrize(
        ("manifest", "sentence"),
        [
            ({"resorces": {}}, "resorces: there is no such setting."),
            ({"auth": {"type": "magic"}}, "auth: Input tag 'magic' found using 'type' does not match"),
            ({"auth": {"type": "bearer", "token_env": "s3cret-value"}}, "never the secret itself"),
            ({"auth": {"type": "bearer", "token_env": "SECRET_KEY"}}, "begin the variable's name with LINEUP_SECRET_"),
            ({"auth": {"type": "oauth2", "token_url": "ftp://idp/token", "client_id": "x", "client_secret_env": "X"}},
             "auth.oauth2.token_url: Begin it with http:// or https://.."),
            ({"headers": {"Authorization": "Bearer abc"}}, "leave out the header Authorization: secrets come from"),
            ({"resources": {}}, "resources: say how qualifications or employees"),
            ({"resources": {"orders": how()}}, "resources.orders: a system of this kind holds qualifications or"),
            ({"resources": {"crewz": how()}}, "resources.crewz: Input should be 'orders'"),
            ({"resources": {"qualifications": how(path="ftp://hr/skills")}}, "give a path below the system's address"),
            ({"resources": {"qualifications": how(records="rows[")}}, "“rows[” is no JMESPath expression"),
            ({"resources": {"qualifications": how(columns={"reference": "code"})}}, "there is nothing for name."),
            ({"resources": {"qualifications": how(columns={**SKILL, "nam": "x"})}},
             "resources.qualifications.columns.nam: there is no such field; there are reference, version, name."),
            ({"resources": {"qualifications": how(columns={**SKILL, "name": {}})}}, "say a path or a default."),
            ({"resources": {"qualifications": how(columns={**SKILL, "name": {"path": "a", "zone": "Mars/Olympus"}})}},
             "Mars/Olympus is not an IANA time zone"),
            ({"resources": {"qualifications": how(complete="full", changed_since={"param": "since"})}},
             "a full list is asked for whole"),
            ({"resources": {"qualifications": how(params={"d": "{district}"})}}, "there is no {district} to fill in"),
            ({"resources": {"qualifications": how(path="{site}")}}, "{site} is nothing that can be filled in"),
            ({"set_up": {"by_district": True}}, "so {district} must stand in path or params"),
            ({"actions": {"ASSIGN": {}}}, "actions: REVOKE is missing"),
            ({"actions": {"DANCE": {}}}, "actions.DANCE: Input should be 'ASSIGN'"),
            ({"actions": {"ASSIGN": {"statuses": {"done": [409], "again": [409]}}, "REVOKE": {}}},
             "actions.ASSIGN.statuses: 409 cannot mean two things."),
        ],
    )  # fmt: skip
    def test_a_mistake_is_said_with_its_place(self, manifest: dict[str, Any], sentence: str) -> None:
        assert sentence in " ".join(made(**manifest).faults())

    def test_fields_of_fields_are_known(self) -> None:
        period = {"period.start": "a", "period.end": "b", "crew": "c", "reference": "r"}

        assert made(resources={"shifts": how(columns=period)}).faults() == []
        assert "period.begin" in made(resources={"shifts": how(columns={**period, "period.begin": "a"})}).faults()[0]

    def test_a_good_one_has_none(self) -> None:
        assert made().faults() == []


class TestPaging:
    def test_numbered_pages(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 2), rows(3, 4), rows(5, 5))

        found = read(system, how={"paging": {"type": "page", "param": "p", "size_param": "n", "size": 2}})

        assert names(found) == ["Q1", "Q2", "Q3", "Q4", "Q5"]
        assert [asked.query for asked in system.asked] == [
            {"p": "1", "n": "2"},
            {"p": "2", "n": "2"},
            {"p": "3", "n": "2"},
        ]
        assert [(chunk.is_first, chunk.is_last) for chunk in found] == [(True, False), (False, False), (False, True)]

    def test_cursors_and_the_way_on_from_a_mark(self, system: ScriptedSystem) -> None:
        paging = {"type": "cursor", "param": "after", "next": "meta.next"}
        system.answer(rows(1, 2, meta={"next": "abc"}), rows(3, 3, meta={"next": None}), rows(3, 3))
        found = read(system, how={"paging": paging})

        again = read(system, mark=found[0].mark, how={"paging": paging})

        assert names(found) == ["Q1", "Q2", "Q3"]
        assert names(again) == ["Q3"]
        assert [asked.query for asked in system.asked] == [{}, {"after": "abc"}, {"after": "abc"}]

    def test_links_in_body_and_header(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 1, next="/skills?from=2"), rows(2, 2))
        assert names(read(system, how={"paging": {"type": "link", "next": "next"}})) == ["Q1", "Q2"]

        link = dataclasses.replace(rows(1, 1), headers={"Link": f'<{system.url}/skills?from=2>; rel="next"'})
        system.answer(link, rows(2, 2))
        assert names(read(system, how={"paging": {"type": "link"}})) == ["Q1", "Q2"]
        assert system.asked[-1].query == {"from": "2"}

    @pytest.mark.parametrize("elsewhere", ["http://evil.example/skills", "ftp://127.0.0.1/x", "//evil.example/x"])
    def test_a_link_to_another_host_is_not_followed(self, system: ScriptedSystem, elsewhere: str) -> None:
        system.answer(rows(1, 1, next=elsewhere))

        with pytest.raises(trouble.SystemUnavailable, match="names a page at another host"):
            read(system, how={"paging": {"type": "link", "next": "next"}})

    def test_a_system_that_gives_the_first_page_for_ever_is_left(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: rows(1, 2)

        with pytest.raises(trouble.SystemUnavailable, match="gives the same page again"):
            read(system, how={"paging": {"type": "offset", "size": 2}})

        assert len(system.asked) == 2

    def test_a_large_page_comes_in_pieces(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 5))

        assert [len(chunk.records) for chunk in read(system, size=2)] == [2, 2, 1]


class TestChangedSince:
    def test_begins_where_the_pass_before_began_by_the_clock_of_the_system(self, system: ScriptedSystem) -> None:
        since = {"changed_since": {"param": "where", "value": "changed > {since}", "format": "epoch", "overlap": 60}}
        system.respond = lambda asked: rows(1, 1)
        began = time.time()
        first = read(system, how=since)

        second = read(system, mark=first[-1].mark, how=since)

        assert (first[0].is_whole, second[0].is_whole) == (True, False)
        assert system.asked[0].query == {}
        asked = system.asked[1].query["where"].removeprefix("changed > ")
        assert began - 62 <= int(asked) <= time.time() - 59

    def test_or_at_the_highest_version(self, system: ScriptedSystem) -> None:
        since = {"changed_since": {"param": "above", "format": "version"}}
        system.respond = lambda asked: rows(int(asked.query.get("above", 0)) + 1, 7)
        mark: seam.Mark = {}
        for _ in range(3):
            mark = read(system, mark=mark, how=since)[-1].mark

        assert [asked.query.get("above") for asked in system.asked] == [None, "6", "6"]

    def test_anew_is_all_of_it(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 1))

        [found] = read(system, mark=dict(seam.ANEW), how={"changed_since": {"param": "above", "format": "version"}})

        assert (found.is_whole, found.takes_all, found.ends_missing) == (True, True, True)

    def test_what_a_partial_list_leaves_out_is_never_ended(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 1), rows(1, 1))

        [anew] = read(system, mark=dict(seam.ANEW))
        [full] = read(system, how={"complete": "full"})

        assert (anew.takes_all, anew.ends_missing, full.ends_missing) == (True, False, True)

    def test_a_mark_of_another_adapter_reads_all(self, system: ScriptedSystem) -> None:
        system.answer(rows(1, 1))

        [found] = read(system, mark={"since": 4, "page": 2, "reach": None, "stands": None, "is_whole": True})

        assert (found.is_whole, found.takes_all) == (True, True)


class TestCheck:
    def test_shows_request_answer_records_and_what_is_refused(self, system: ScriptedSystem) -> None:
        odd = {"rows": [{"code": "Q1", "label": "Skill", "rev": 1}, {"code": "Q2", "label": "", "rev": 1}]}
        system.answer(Answer(body=odd))

        found = made(system.url).check(
            Resource.QUALIFICATIONS, scope="", limits=client.ReadingLimits(time.monotonic() + 60)
        )

        assert found.request.startswith(f"GET {system.url}/skills\n")
        assert json.loads(found.answer) == odd
        assert [record.reference for record in found.records] == ["Q1"]
        [(name, field)] = [(one.name, one.field) for one in found.refused]
        assert (name, field) == ("Q2", "name")

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (Answer(500, {"detail": "out of order"}), "It answered 500: out of order."),
            (Answer(body={"error": {"message": "no such layer"}}), "(no such layer)"),
            (Answer(raw=b"<html>sign in</html>"), "answered with something else than agreed (no JSON"),
            (Answer(body={"rows": {}}), "there is no list of records at rows"),
        ],
    )
    def test_what_is_wrong_is_said(self, system: ScriptedSystem, answer: Answer, error: str) -> None:
        system.answer(answer)

        found = made(system.url).check(
            Resource.QUALIFICATIONS, scope="", limits=client.ReadingLimits(time.monotonic() + 60)
        )

        assert error in found.error

    def test_a_preview_sends_nothing(self, system: ScriptedSystem) -> None:
        actions = {
            "ASSIGN": {"path": "jobs/{order}", "body": {"crew.id": "crew"}, "encoding": "json"},
            "REVOKE": {"method": "DELETE", "path": "jobs/{order}/{nothing}"},
        }
        what = outcomes.ToTell("ASSIGN", {"order": "W/1", "crew": "C-1"}, "key-1")

        told = made(system.url, actions=actions).preview(what)

        assert told.request.startswith(f"POST {system.url}/jobs/W%2F1\n")
        assert told.request.endswith('{"crew": {"id": "C-1"}}')
        wrong = made(system.url, actions=actions).preview(dataclasses.replace(what, action="REVOKE"))
        assert "{nothing} has no value" in wrong.error
        assert system.asked == []


def test_every_message_can_be_mapped() -> None:
    """Each field of each message can be named as a column."""
    for kind, resources in messages.RESOURCES.items():
        for resource in resources:
            columns = dict.fromkeys(messages.MESSAGES[resource].model_fields, "x")
            assert made(kind=kind, resources={resource: how(columns=columns)}).faults() == []
