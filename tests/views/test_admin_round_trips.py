"""Exports of the administration can be imported again and change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories, teams
from tests.project import fields
from tests.views.exchanging import CSV_FORMAT, XLSX_FORMAT, export_of, import_into


class TestRoundTrips:
    """An export can be imported again and changes nothing."""

    @pytest.fixture
    def world(self, district: models.District, elsewhere: models.District) -> None:
        system = factories.DownstreamSystemFactory()
        crew = factories.CrewFactory(name="Line 1", district=district, source=system, source_reference="C-1")
        guest = factories.EmployeeFactory(district=elsewhere, source=system, source_reference="E-9")
        factories.CrewMembershipFactory(crew=crew, employee=guest, ends_at=factories.NOW)
        first = factories.OrderFactory(district=district, number="WO-1", title="=cmd()", due_at=factories.NOW)
        second = factories.OrderFactory(
            district=district, number="WO-2", status="WAITING", equipment=["bucket", "DIGGER;2"],
            address="- yard; rear", description=" 'Bring \"the\" pump;\r\n\tcall first \x0b_x000D_\n", feeder="'=F-1",
            required_permits=["TRAFFIC"], earliest_start=factories.NOW + timedelta(microseconds=5),
            latitude=41.123456789012345,
        )  # fmt: skip
        second.prerequisites.add(first)
        odd = factories.QualificationFactory(code='a:B; "c", |')
        for part in (0, 1):
            factories.OrderNeedFactory(order=second, part=part, people=2, qualification=odd)
        teams.OrderPartFactory(order=second, title='"flaggers"|; etc.', equipment=["ARROW, BOARD", "cones"])
        factories.PermitFactory(order=second)
        factories.PermitFactory(order=first, status="REQUESTED", valid_from=None, valid_until=None)
        factories.ShiftFactory(crew=crew)
        self.set_up_besides(crew, guest)
        factories.StateFactory(ticket_life_in="WORKING", begin_within=14)

    def set_up_besides(self, crew: models.Crew, guest: models.Employee) -> None:
        factories.AbsenceFactory(employee=guest, cancelled=True)
        nameless = factories.EmployeeFactory(name=' "O\'Hare"; Jr/2 ', district=crew.district)
        factories.CrewMembershipFactory(crew=crew, employee=nameless)
        factories.HeldQualificationFactory(employee=nameless)
        factories.AbsenceFactory(employee=nameless)
        own = factories.CrewFactory(name="=Line; 2 ", district=crew.district, foreman=nameless, staff__members=0)
        factories.ShiftFactory(crew=own)
        factories.EquipmentFactory(crew=own)
        for owner in (crew, factories.CrewFactory(district=crew.district), None):
            factories.EquipmentFactory(crew=owner, code="=bucket", name=" Bucket; old ")
        truck = factories.EquipmentFactory(crew=crew, source=crew.source, source_reference="V-1")
        for reason in ("", ' "Brakes"; =tyres ', "x"):
            hours = {"starts_at": factories.NOW, "ends_at": factories.NOW + timedelta(microseconds=1)}
            models.EquipmentOutage.objects.create(equipment=truck, reason=reason, **hours)
        factories.MembershipFactory(user__username="@mara", district=crew.district, role="VIEWER")
        agreed = factories.RuleSetFactory(
            name="- storm; '25'", storm=True, weights={"travel": 2, "lateness": -0.25}, circuity=1.1, horizon_hours=36,
            kind_priorities={"TROUBLE": "URGENT", "INSPECTION": "LOW"},
            two_person_exempt_kinds=["SWITCHING", "TROUBLE"],
        )  # fmt: skip
        factories.RuleSetBreakFactory(rule_set=agreed, name='=meal | "late"; 2', paid=True, at_base=True)
        factories.RuleSetBreakFactory(rule_set=agreed, name="coffee", after_minutes=0)

    @pytest.mark.parametrize("as_format", [CSV_FORMAT, XLSX_FORMAT], ids=["csv", "xlsx"])
    @pytest.mark.parametrize("model", fields.exchanged(), ids=lambda model: model._meta.model_name)
    def test_change_nothing(self, ada: Client, world: None, model: Any, as_format: str) -> None:
        before = list(model.objects.order_by("pk").values())
        assert before, "a table without a row shows nothing: add one to the world"
        exported = export_of(ada, model, as_format=as_format)
        file = SimpleUploadedFile("rows", exported)

        checked = import_into(ada, model, file, check_only=True)
        file.seek(0)
        imported = import_into(ada, model, file)

        assert checked.file is not None
        assert checked.file.status == "READY", checked.refusals
        assert set(checked.file.staged.values_list("outcome", flat=True)) == {"SAME"}
        assert checked.file.staged.count() == len(before)
        assert imported.is_taken
        assert list(model.objects.order_by("pk").values()) == before

    def test_an_exported_formula_is_text_to_a_spreadsheet(self, ada: Client, world: None) -> None:
        assert b"'=cmd()" in export_of(ada, models.WorkOrder)

    @pytest.mark.parametrize(
        ("model", "factory"),
        [
            (models.WorkOrder, factories.OrderNeedFactory),
            (models.Crew, factories.CrewMembershipFactory),
            (models.Absence, factories.AbsenceFactory),
            (models.Equipment, factories.EquipmentFactory),
            (models.Membership, factories.MembershipFactory),
        ],
        ids=lambda value: value.__name__,
    )
    def test_an_export_takes_the_same_queries_for_more_rows(
        self, ada: Client, world: None, model: Any, factory: Any
    ) -> None:
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                export_of(ada, model)
            counts.append(len(queries))
            for row in factory.create_batch(5):
                if isinstance(row, models.Equipment):
                    hours = {"starts_at": factories.NOW, "ends_at": factories.at("20:00")}
                    models.EquipmentOutage.objects.create(equipment=row, **hours)

        assert counts[0] == counts[1]
