"""The page for integrators says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from assignments.api import urls
from assignments.services import emergencies, storming
from assignments.services.decisions import approving, overriding, revoking
from assignments.services.files.tables import districts, equipment, orders, rules, systems, workforce
from assignments.services.records import refusals
from assignments.services.runs import running
from assignments.services.writebacks import delivering
from tests.project import fields

PAGE = (Path(settings.BASE_DIR) / "docs" / "integration.md").read_text()
FILES = {
    "Work orders": orders.WorkOrderResource,
    "Permits": orders.PermitResource,
    "Qualifications": workforce.QualificationResource,
    "Employees": workforce.EmployeeResource,
    "Held qualifications": workforce.HeldQualificationResource,
    "Crews": workforce.CrewResource,
    "Shifts": workforce.ShiftResource,
    "Absences": workforce.AbsenceResource,
    "Equipment": equipment.EquipmentResource,
    "Memberships": districts.MembershipResource,
    "Rule sets": rules.RuleSetResource,
    "States": districts.StateResource,
    "Districts": districts.DistrictResource,
    "Downstream systems": systems.DownstreamSystemResource,
}


def test_every_file_is_on_the_page() -> None:
    assert {one._meta.model for one in FILES.values()} == set(fields.exchanged())


def test_every_route_is_on_the_page_and_none_besides() -> None:
    routed = {"/api/" + re.sub("<[a-z]+:", "<", str(route.pattern)) for route in urls.urlpatterns}
    told = set(re.findall(r"`(?:GET|POST|PUT) (/api/[^`]+)`", PAGE))

    assert told == routed - {"/api/", "/api/schema/"}


def test_every_refusal_of_a_decision_is_on_the_page() -> None:
    services = (approving, revoking, running, delivering, storming, emergencies.looking, overriding)
    codes = {
        one.code
        for service in services
        for one in vars(service).values()
        if isinstance(one, type) and issubclass(one, refusals.Refusal) and one.__module__ == service.__name__
    }

    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


@pytest.mark.parametrize("table", FILES)
def test_every_column_of_a_file_is_on_the_page(table: str) -> None:
    [row] = re.findall(rf"^\| {table} \| (.+) \|$", PAGE, re.MULTILINE)
    resource: Any = FILES[table]

    assert sorted(re.findall(r"`(\w+)`", row)) == sorted(field.column_name for field in resource().fields.values())
    assert set(re.findall(r"\*\*`(\w+)`\*\*", row)) == set(resource.key)
