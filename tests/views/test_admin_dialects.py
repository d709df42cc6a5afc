"""Files as the spreadsheets of different countries write them are read; what they leave behind is left out and said."""

from __future__ import annotations

from typing import Any

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assignments import models
from assignments.services.files import dialects
from tests import factories
from tests.views.exchanging import Imported, address, import_into, shown, work_off

HEADINGS = ("number", "district", "kind", "title", "latitude", "longitude", "duration_minutes", "due_at")
CELLS = ("WO-1", "NORTH", "CORRECTIVE", "Überspannung – café", "41,95", "-88,25", "60", "31/12/2026 07:00")


def text_of(separator: str, *lines: tuple[str, ...]) -> str:
    return "".join(separator.join(line) + "\r\n" for line in lines)


def send(client: Client, content: bytes, **options: str) -> Imported:
    european: dict[str, Any] = {"dates": "dmy", "decimal_comma": "on"}
    return import_into(client, models.WorkOrder, SimpleUploadedFile("rows", content), **european | options)


def is_taken(response: Imported) -> bool:
    assert response.is_taken, response.refusals
    order = models.WorkOrder.objects.get()
    assert (order.title, order.latitude, order.longitude) == ("Überspannung – café", 41.95, -88.25)
    assert order.due_at is not None
    assert order.due_at.isoformat() == "2026-12-31T13:00:00+00:00"
    return True


@pytest.mark.usefixtures("district")
class TestRead:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    @pytest.mark.parametrize("separator", [";", "\t", "|"])
    def test_by_its_separator_and_encoding(self, ada: Client, separator: str, encoding: str) -> None:
        assert is_taken(send(ada, text_of(separator, HEADINGS, CELLS).encode(encoding)))

    @pytest.mark.parametrize("said", ["sep=^", '"sep=^"', "SEP=^"])
    def test_by_the_separator_that_it_names(self, ada: Client, said: str) -> None:
        assert is_taken(send(ada, (f"{said}\r\n" + text_of("^", HEADINGS, CELLS)).encode()))

    def test_without_blank_rows_and_columns_which_are_named(self, ada: Client) -> None:
        blank = ("",) * len(HEADINGS)
        lines = [(*line, "", " ") for line in (HEADINGS, blank, CELLS, blank, blank)]

        response = send(ada, text_of(";", *lines).encode())

        assert is_taken(response)
        assert "Left out: 3 blank rows and 2 columns without a name." in response.page

    def test_as_a_workbook(self, ada: Client) -> None:
        blank = ("",) * 9
        book = tablib.Dataset((*CELLS, ""), blank, headers=(*HEADINGS, "")).export("xlsx")

        assert is_taken(send(ada, book))


@pytest.mark.usefixtures("district")
class TestRefused:
    def test_with_the_number_that_the_row_has_in_the_file(self, ada: Client) -> None:
        wrong = (*CELLS[:6], "long", CELLS[7])

        response = send(ada, text_of(";", HEADINGS, ("",) * 8, ("",) * 8, wrong).encode())

        assert response.refusals == [(3, "duration_minutes", "“long” is not a whole number.")]

    def test_a_cell_in_a_column_without_a_name(self, ada: Client) -> None:
        response = send(ada, text_of(";", (*HEADINGS, ""), (*CELLS, "oak")).encode())

        assert response.refusals == [(0, "", "Row 1 has “oak” in column 9, which the first line does not name.")]
        assert not models.WorkOrder.objects.exists()

    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"\r\n ; \r\n", "is empty"), (b"caf\x81;b", "UTF-8"), (b'a;b\r\n"c', "cannot be split")],
    )
    def test_a_file_that_is_no_table(self, ada: Client, content: bytes, words: str) -> None:
        [(_, _, sentence)] = send(ada, content).refusals
        assert words in sentence

    def test_a_file_without_a_byte(self, ada: Client) -> None:
        assert "The file is empty." in send(ada, b"").page

    def test_a_date_that_is_written_otherwise_with_a_hint(self, ada: Client) -> None:
        response = send(ada, text_of(";", HEADINGS, CELLS).encode(), dates="iso")

        ((_, column, sentence),) = response.refusals
        assert (column, "say how" in sentence) == ("due_at", True)

    def test_a_decimal_comma_with_a_hint(self, ada: Client) -> None:
        wrong = tuple("41,9" if name == "latitude" else cell for name, cell in zip(HEADINGS, CELLS, strict=True))

        response = send(ada, text_of(";", HEADINGS, wrong).encode(), decimal_comma="")

        assert "say so when you import it" in {column: why for _, column, why in response.refusals}["latitude"]

    def test_a_workbook_with_its_cover_in_front(self, ada: Client) -> None:
        book = tablib.Databook(
            [tablib.Dataset(("Orders of 2026",), title="Cover"), tablib.Dataset(CELLS, headers=HEADINGS)]
        )

        [(_, _, sentence)] = send(ada, book.export("xlsx")).refusals

        assert sentence.startswith("The sheet “Cover” has no row below its column names. Put the sheet with the table")


@pytest.mark.usefixtures("district")
class TestColumnsOfAnotherName:
    LINES = (("Nummer", *HEADINGS[1:], "Bemerkung"), (*CELLS, "oak"))
    CHOSEN = {"column:Nummer": "number", "column:Bemerkung": "-"}

    def choose(self, client: Client, asked: Imported, **choices: str) -> Imported:
        assert asked.file is not None
        page = address(models.WorkOrder, "import_columns", asked.file.pk)
        response: Any = client.post(page, self.CHOSEN | choices)
        if response.status_code != 302:
            return Imported(response, models.FileImport.objects.get(pk=asked.file.pk))
        work_off()
        return shown(client, response.url)

    def ask(self, client: Client, **options: str) -> Imported:
        return send(client, text_of(";", *self.LINES).encode(), **options)

    def test_are_asked_for_with_the_likeliest_of_ours(self, ada: Client) -> None:
        response = self.ask(ada)

        form = response.response.context["columns_form"]
        assert form["column:Nummer"].value() == "number"
        assert ("title", "title") not in form.fields["column:Nummer"].choices
        assert "“Bemerkung” is" in response.page
        assert not models.WorkOrder.objects.exists()

    def test_are_read_as_chosen(self, ada: Client) -> None:
        assert is_taken(self.choose(ada, self.ask(ada)))

    def test_are_remembered_for_the_table(self, ada: Client) -> None:
        self.choose(ada, self.ask(ada))

        later = (("WO-2", *CELLS[1:], "elm"),)
        assert send(ada, text_of(";", self.LINES[0], *later).encode()).is_taken

        assert {str(one) for one in models.FileColumn.objects.all()} == {"Nummer → number", "Bemerkung → left out"}
        assert models.WorkOrder.objects.filter(number="WO-2").exists()

    def test_are_not_remembered_of_a_file_that_was_refused_or_checked(self, ada: Client) -> None:
        wrong = (*CELLS[:6], "long", CELLS[7], "oak")
        refused = self.choose(ada, send(ada, text_of(";", self.LINES[0], wrong).encode()))
        checked = self.choose(ada, self.ask(ada, shows_first="on"))

        assert [one.file.status for one in (refused, checked) if one.file] == ["REFUSED", "READY"]
        assert not models.FileColumn.objects.exists()

    @pytest.mark.parametrize(
        ("choice", "words"),
        [
            ({"column:Nummer": "password"}, "password is not one of the available choices"),
            ({"column:Nummer": "-"}, "lacks the column “number”"),
            ({"column:Bemerkung": "number"}, "has the column “number” twice"),
            ({"column:Bemerkung": ""}, "Choose a column, or leave it out."),
        ],
    )
    def test_cannot_be_read_as_what_makes_no_table(self, ada: Client, choice: dict[str, str], words: str) -> None:
        response = self.choose(ada, self.ask(ada), **choice)

        assert words in response.page
        assert response.file is not None
        assert response.file.status == "ASKING"


class TestASample:
    def test_has_all_columns_and_can_be_imported(self, ada: Client) -> None:
        order = factories.OrderFactory()

        sample = ada.get(address(models.WorkOrder, "sample", "csv"))

        assert sample.content.decode().splitlines()[0].startswith("number,district,kind")
        assert send(ada, sample.content, dates="iso", decimal_comma="").is_taken
        assert list(models.WorkOrder.objects.all()) == [order]

    def test_is_for_those_who_may_import(self, db: None) -> None:
        viewer = Client()
        viewer.force_login(factories.UserFactory(is_staff=True))

        assert viewer.get(address(models.WorkOrder, "sample", "csv")).status_code == 403
        assert Client().get(address(models.WorkOrder, "sample", "csv")).status_code == 302


@pytest.mark.parametrize(
    ("cell", "day_first", "expected"),
    [
        ("31/12/2026", True, "2026-12-31T00:00:00"),
        ("31.12.2026 7:05", True, "2026-12-31T07:05:00"),
        ("1-2-2026 07:00:30", True, "2026-02-01T07:00:30"),
        ("1/2/2026", False, "2026-01-02T00:00:00"),
        ("12/31/2026 12:30 AM", False, "2026-12-31T00:30:00"),
        ("12/31/2026, 12:30 p.m.", False, "2026-12-31T12:30:00"),
        ("12/31/2026", True, "12/31/2026"),
        ("29/02/2026", True, "29/02/2026"),
        ("31/12/26", True, "31/12/26"),
        ("31/12.2026", True, "31/12.2026"),
        ("12/31/2026 13:00 PM", False, "12/31/2026 13:00 PM"),
        ("12/31/2026 25:00", False, "12/31/2026 25:00"),
        ("2026-12-31T07:00-06:00", True, "2026-12-31T07:00-06:00"),
        ("", True, ""),
        (None, True, None),
        (7, True, 7),
    ],
)
def test_dates(cell: Any, day_first: bool, expected: Any) -> None:
    assert dialects.iso_of(cell, day_first=day_first) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("41,95", "41.95"), ("-1.234,5", "-1234.5"), ("1 234,5", "1234.5"), ("41.95", "41.95"), ("", ""), (4.5, 4.5)],
)
def test_decimal_commas(cell: Any, expected: Any) -> None:
    assert dialects.point_of(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("1.234", "1234"), ("1.234.567", "1234567"), ("60,0", "60"), ("60,5", "60,5"), ("60", "60"), ("1.23", "1.23")],
)
def test_whole_numbers_beside_decimal_commas(cell: str, expected: str) -> None:
    assert dialects.whole_of(cell) == expected
