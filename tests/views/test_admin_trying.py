"""A system is tried in the administration, and its manifest goes in and out as a file."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from assignments import models
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.views import adminforms

pytestmark = pytest.mark.django_db

HOW: dict[str, Any] = {
    "auth": {"type": "bearer", "token_env": "LINEUP_SECRET_HR_TOKEN"},
    "resources": {
        "qualifications": {
            "path": "skills", "records": "rows", "columns": {"reference": "code", "name": "label", "version": "rev"}
        }
    },
    "actions": {
        "ASSIGN": {"path": "jobs/{order}", "body": {"who": "crew"}},
        "REVOKE": {"method": "DELETE", "path": "jobs/{order}"},
    },
}  # fmt: skip
ROWS = {"rows": [{"code": "LINE", "label": "Line work", "rev": 1}, {"code": "LINE 2", "label": "", "rev": 1}]}


@pytest.fixture
def system(scripted: ScriptedSystem, district: models.District) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(
        code="workforce", base_url=scripted.url, adapter="mapped", manifest=HOW, answers_for="ALL"
    )


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LINEUP_SECRET_HR_TOKEN", "t0ken-of-ours")
    with ScriptedSystem() as scripted:
        scripted.respond = lambda asked: Answer(body={**ROWS, "echo": asked.headers.get("authorization")})
        yield scripted


def page(client: Client, system: models.DownstreamSystem, **asked: str) -> str:
    url = reverse("admin:assignments_downstreamsystem_try", args=[system.pk])
    answer = client.post(url, asked) if asked else client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


class TestTrying:
    def test_shows_request_records_what_is_refused_and_the_answer(
        self, ada: Client, system: models.DownstreamSystem, scripted: ScriptedSystem
    ) -> None:
        text = page(ada, system, resource="qualifications")

        assert f"GET {scripted.url}/skills" in text
        assert "1 record to be taken, 1 refused" in text
        assert "<td>LINE 2</td><td>name</td><td>name: is blank</td>" in text
        assert "&quot;name&quot;: &quot;Line work&quot;" in text
        assert scripted.asked[0].headers["authorization"] == "Bearer t0ken-of-ours"
        assert "t0ken" not in text
        assert "Bearer •••" in text

    def test_stores_nothing_but_that_it_was_tried(self, ada: Client, system: models.DownstreamSystem) -> None:
        page(ada, system, resource="qualifications")

        assert not models.Qualification.objects.exists()
        assert not models.RefusedRecord.objects.exists()
        entry = models.AuditEntry.objects.get(verb="system.tried")
        assert (entry.object_id, entry.after) == (str(system.pk), {"resource": "qualifications", "district": ""})

    def test_shows_what_it_would_be_told_and_tells_nothing(
        self, ada: Client, system: models.DownstreamSystem, scripted: ScriptedSystem
    ) -> None:
        text = page(ada, system)

        assert f"POST {scripted.url}/jobs/WO-1" in text
        assert f"DELETE {scripted.url}/jobs/WO-1" in text
        assert "It is not told of this." in text
        assert scripted.asked == []

    def test_a_system_that_is_down_is_said(
        self, ada: Client, system: models.DownstreamSystem, scripted: ScriptedSystem
    ) -> None:
        scripted.respond = lambda asked: Answer(503)

        assert "It answered 503." in page(ada, system, resource="qualifications")

    def test_a_missing_secret_is_named(
        self, ada: Client, system: models.DownstreamSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("LINEUP_SECRET_HR_TOKEN")

        assert "LINEUP_SECRET_HR_TOKEN is not set" in page(ada, system, resource="qualifications")

    def test_the_token_of_our_protocol_does_not_count(self, ada: Client, system: models.DownstreamSystem) -> None:
        models.DownstreamSystem.objects.update(secret_env="LINEUP_SECRET_NOWHERE")

        assert "1 record to be taken" in page(ada, system, resource="qualifications")

    def test_a_system_that_speaks_the_contract_is_tried_as_well(
        self, ada: Client, scripted: ScriptedSystem, district: models.District
    ) -> None:
        work = factories.DownstreamSystemFactory(code="work", base_url=scripted.url)

        text = page(ada, work, resource="orders", district="NORTH")

        assert f"GET {scripted.url}/api/orders?since=0&amp;page=1&amp;district=NORTH" in text
        assert "It answered with something else than agreed (items: Field required)." in text
        assert f"POST {scripted.url}/api/bookings" in text

    @pytest.mark.parametrize("name", ["try", "manifest"])
    def test_is_for_those_who_set_up_systems(
        self, client: Client, mara: Any, system: models.DownstreamSystem, scripted: ScriptedSystem, name: str
    ) -> None:
        url = reverse(f"admin:assignments_downstreamsystem_{name}", args=[system.pk])
        assert client.get(url).status_code == 302
        client.force_login(mara)
        assert client.get(url).status_code == 302
        mara.is_staff = True
        mara.save()

        assert client.get(url).status_code == 403
        assert client.post(url, {"resource": "qualifications"}).status_code == 403
        assert scripted.asked == []

    def test_what_is_none_of_its_collections_is_refused(
        self, ada: Client, system: models.DownstreamSystem, scripted: ScriptedSystem
    ) -> None:
        assert "is not one of the available choices" in page(ada, system, resource="orders")
        assert scripted.asked == []


class TestManifest:
    def save(self, client: Client, system: models.DownstreamSystem, **changed: Any) -> Any:
        address, form = adminforms.form_of(client, system)
        return client.post(address, form | changed)

    def test_goes_out_and_in_again(self, ada: Client, system: models.DownstreamSystem) -> None:
        url = reverse("admin:assignments_downstreamsystem_manifest", args=[system.pk])
        file = ada.get(url)
        assert json.loads(file.content) == HOW
        models.DownstreamSystem.objects.update(manifest={"resources": {}}, is_target=False)

        answer = self.save(ada, system, manifest_file=SimpleUploadedFile("manifest.json", file.content))

        assert answer.status_code == 302
        system.refresh_from_db()
        assert system.manifest == HOW

    def test_another_one_is_on_the_record_and_has_everything_read_again(
        self, ada: Client, system: models.DownstreamSystem
    ) -> None:
        models.ReadingMark.objects.create(system=system, resource="qualifications", mark={"since": 5})
        other = {**HOW, "headers": {"Accept-Language": "en"}}

        assert self.save(ada, system, manifest=json.dumps(other)).status_code == 302

        entry = models.AuditEntry.objects.get(verb="system.adapter-changed")
        assert (entry.before["manifest"], entry.after["manifest"]) == (HOW, other)
        assert models.ReadingMark.objects.get().mark == {"takes_all": True}

    def test_the_same_one_has_nothing_read_again(self, ada: Client, system: models.DownstreamSystem) -> None:
        assert self.save(ada, system, name="HR").status_code == 302

        assert not models.AuditEntry.objects.filter(verb="system.adapter-changed").exists()
        assert not models.ReadingMark.objects.exists()

    @pytest.mark.parametrize(
        ("manifest", "sentence"),
        [
            ('{"resources": {"skills": {}}}', "resources.skills: Input should be"),
            ('{"auth": {"type": "bearer", "token": "abc"}}', "auth.bearer.token: there is no such setting."),
            ("[1]", "Input should be a valid dictionary"),
            ("{", "This is no JSON: Expecting property name"),
            ('{"headers": {"X": "\\u0000"}}', "cannot be stored"),
            ('{"headers": {"X": "\\ud83d"}}', "cannot be stored"),
            ('{"headers": NaN}', "cannot be stored"),
        ],
    )
    def test_a_wrong_one_is_refused_in_words(
        self, ada: Client, system: models.DownstreamSystem, manifest: str, sentence: str
    ) -> None:
        answer = self.save(ada, system, manifest=manifest)

        assert sentence in re.sub(r"&#x27;", "'", answer.content.decode())
        system.refresh_from_db()
        assert system.manifest == HOW

    def test_a_file_that_is_none_is_refused(self, ada: Client, system: models.DownstreamSystem) -> None:
        answer = self.save(ada, system, manifest_file=SimpleUploadedFile("manifest.json", b"\xff{"))

        assert "This is no JSON" in answer.content.decode()

    def test_no_system_is_at_an_address_of_ftp(self, ada: Client, system: models.DownstreamSystem) -> None:
        answer = self.save(ada, system, base_url="ftp://files.utility.example/")

        assert "Begin it with http:// or https://." in answer.content.decode()

    def test_one_that_only_pushes_needs_no_address(self, ada: Client, system: models.DownstreamSystem) -> None:
        answer = self.save(ada, system, base_url="")
        assert "A system that is read or told decisions has an address." in answer.content.decode()

        models.DownstreamSystem.objects.update(is_source=False, is_target=False, adapter="contract", manifest=None)
        system.refresh_from_db()

        assert self.save(ada, system, base_url="").status_code == 302
        system.refresh_from_db()
        assert system.base_url == ""
        assert system.manifest is None
        page = ada.get(f"/admin/assignments/downstreamsystem/{system.pk}/change/")
        assert ">\nnull" not in page.content.decode()
        assert ada.get(f"/admin/assignments/downstreamsystem/{system.pk}/try/").status_code == 200


class TestCommand:
    def test_prints_what_would_be_made_of_each_answer(
        self, system: models.DownstreamSystem, scripted: ScriptedSystem
    ) -> None:
        printed = StringIO()

        with pytest.raises(SystemExit) as caught:
            call_command("check_system", "workforce", "--answers", stdout=printed)

        text = printed.getvalue()
        assert caught.value.code == 1
        assert "qualifications: 1 to be taken, 1 refused." in text
        assert "LINE 2: name: is blank" in text
        assert f"DELETE {scripted.url}/jobs/WO-1" in text
        assert "t0ken" not in text

    def test_ends_well_where_all_is_well(self, system: models.DownstreamSystem, scripted: ScriptedSystem) -> None:
        scripted.respond = lambda asked: Answer(body={"rows": ROWS["rows"][:1]})

        call_command("check_system", "workforce", stdout=StringIO())

    def test_what_is_not_set_up_is_refused(self, district: models.District) -> None:
        with pytest.raises(CommandError, match="no system with the code hr"):
            call_command("check_system", "hr")
