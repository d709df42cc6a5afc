"""The page of an import: who may see it, how far it says it is, and the bounds of a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.services.files import uploading
from tests import factories
from tests.views.exchanging import Status, address, file_of, import_into, shown, upload, work_off

ROW = {
    "number": "WO-1", "district": "NORTH", "kind": "TROUBLE", "title": "Line down", "latitude": "41.9",
    "longitude": "-88.3", "duration_minutes": "90",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture
def page(ada: Client) -> str:
    """The page of an import that no worker has yet."""
    found: str = upload(ada, models.WorkOrder, file_of(ROW), check_only=True).url
    return found


def clerk(*rights: str) -> Client:
    """Somebody of the staff with these rights alone."""
    person = factories.UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(person)
    return client


class TestSomebody:
    """The page, what can be done there, and its stream."""

    def answers(self, client: Client, page: str) -> dict[str, int]:
        file = models.FileImport.objects.get()
        acts = {name: client.post(f"{page}{name}/").status_code for name in ("columns", "go-on", "cancel")}
        stream = client.get(reverse("assignments:file-events", args=[file.pk])).status_code
        return {
            "form": client.get(address(models.WorkOrder, "import")).status_code,
            "upload": upload(client, models.WorkOrder, file_of(ROW)).status_code,
            "page": client.get(page).status_code, "part": client.get(f"{page}?part=1").status_code, "stream": stream,
        } | acts  # fmt: skip

    @pytest.mark.parametrize("who", ["manager", "viewer", "stranger"])
    def test_who_is_not_of_the_staff_is_asked_to_log_in(self, request: Any, page: str, who: str) -> None:
        answers = self.answers(request.getfixturevalue(who), page)

        assert answers.pop("stream") == 404
        assert set(answers.values()) == {302}
        assert models.FileImport.objects.get().status == Status.READING

    def test_nobody_is_asked_to_log_in(self, page: str) -> None:
        answers = self.answers(Client(), page)

        assert answers.pop("stream") == 401
        assert set(answers.values()) == {302}

    @pytest.mark.parametrize("rights", [(), ("view_workorder", "change_workorder"), ("add_workorder",)])
    def test_the_staff_without_the_rights_is_refused(self, page: str, rights: tuple[str, ...]) -> None:
        answers = self.answers(clerk(*rights), page)

        assert answers.pop("stream") == 404
        assert set(answers.values()) == {403}
        assert models.FileImport.objects.get().status == Status.READING

    def test_who_may_import_into_another_table_sees_nothing_of_this_one(self, page: str) -> None:
        client = clerk("add_crew", "change_crew")
        file = models.FileImport.objects.get()

        assert client.get(address(models.Crew, "import_file", file.pk)).status_code == 404
        assert client.post(address(models.Crew, "import_cancel", file.pk)).status_code == 404

    def test_who_has_the_rights_may_go_on_with_a_colleagues_file(self, page: str) -> None:
        client = clerk("add_workorder", "change_workorder")
        work_off()

        client.post(f"{page}go-on/")
        work_off()

        assert models.FileImport.objects.get().status == Status.DONE


class TestThePage:
    def test_says_how_far_it_is(self, ada: Client, page: str) -> None:
        assert "Reading the file" in shown(ada, page).page
        work_off()
        ready = shown(ada, page)
        assert "1 row can be imported; nothing is imported yet" in ready.page
        assert "1 new" in ready.page
        ada.post(f"{page}go-on/")
        assert "Importing 1 row" in shown(ada, page).page
        work_off()
        assert "1 row imported" in shown(ada, page).page

    def test_refreshes_without_scripts_while_a_worker_is_at_it(self, ada: Client, page: str) -> None:
        assert '<noscript><meta http-equiv="refresh"' in shown(ada, page).page
        work_off()
        assert "<noscript><meta" not in shown(ada, page).page

    @pytest.mark.parametrize(("seconds", "left"), [(0, 10), (4, 6), (10, 0), (300, 0)])
    def test_says_after_ten_seconds_that_no_worker_has_it(
        self, ada: Client, page: str, seconds: int, left: int
    ) -> None:
        models.FileImport.objects.update(asked_at=timezone.now() - timedelta(seconds=seconds))

        found = shown(ada, page)

        assert found.response.context["page"].unclaimed_in == left
        assert "manage.py work" in found.page

    def test_takes_the_same_queries_for_more_rows(self, ada: Client, django_assert_max_num_queries: Any) -> None:
        rows = [ROW | {"number": f"WO-{n}", "latitude": "991"} for n in range(30)]
        refused = import_into(ada, models.WorkOrder, file_of(*rows))
        with django_assert_max_num_queries(12):
            ada.get(refused.response.request["PATH_INFO"])

    def test_a_file_that_was_cancelled_lists_itself_on_the_form(self, ada: Client, page: str) -> None:
        ada.post(f"{page}cancel/")

        form = ada.get(address(models.WorkOrder, "import")).content.decode()

        assert (page in form, "Cancelled" in form) == (True, True)
        assert "Cancelled; nothing was imported" in shown(ada, page).page

    def test_too_late_to_cancel_says_so(self, ada: Client, page: str) -> None:
        models.FileImport.objects.update(status=Status.APPLYING)

        response = ada.post(f"{page}cancel/", follow=True)

        assert "is already being imported, or over." in response.content.decode()


class TestAFileThatIsTooLarge:
    def test_is_cut_off_and_said_in_words(self, ada: Client, settings: Any) -> None:
        settings.IMPORT_FILE_MB = 0.01

        response = upload(ada, models.WorkOrder, SimpleUploadedFile("rows.csv", b"x" * 300_000))

        assert "The file is larger than 0.01 MB. Split it into several files" in response.content.decode()
        assert not models.FileImport.objects.exists()

    def test_is_said_where_it_is_only_a_little_too_large(self, ada: Client, settings: Any) -> None:
        settings.IMPORT_FILE_MB = 0.01

        response = upload(ada, models.WorkOrder, SimpleUploadedFile("rows.csv", b"x" * 20_000))

        assert "is larger than 0.01 MB." in response.content.decode()
        assert not models.FileImport.objects.exists()
        assert not models.FilePiece.objects.exists()

    def test_has_too_many_rows(self, ada: Client, settings: Any) -> None:
        settings.IMPORT_ROWS = 2

        refused = import_into(ada, models.WorkOrder, file_of(*[ROW | {"number": f"WO-{n}"} for n in range(3)]))

        assert refused.refusals == [(0, "", "The file has more than 2 rows. Split it into several.")]


def test_samples_come_in_both_kinds_and_can_be_imported(ada: Client) -> None:
    factories.OrderFactory()
    for kind in ("csv", "xlsx"):
        sample = ada.get(address(models.WorkOrder, "sample", kind))

        assert sample.headers["Content-Disposition"].endswith(f'workorder-sample.{kind}"')
        assert import_into(ada, models.WorkOrder, SimpleUploadedFile(f"x.{kind}", sample.content)).is_taken
    assert ada.get(address(models.WorkOrder, "sample", "pdf")).status_code == 404


def test_a_right_is_asked_for_by_its_table(vic: Any) -> None:
    for table in ("workorder", "district", "downstreamsystem", "membership"):
        with pytest.raises(uploading.MayNotImport):
            uploading.require_right(by=vic, table=table)
