"""The tables that have files, by the names of their models."""

from __future__ import annotations

from collections.abc import Mapping

from assignments.services.files.resource import ExchangeResource
from assignments.services.files.tables import districts, equipment, orders, rules, systems, workforce

RESOURCES: Mapping[str, type[ExchangeResource]] = {
    one._meta.model._meta.model_name: one
    for one in (
        districts.DistrictResource,
        districts.MembershipResource,
        districts.StateResource,
        equipment.EquipmentResource,
        orders.PermitResource,
        orders.WorkOrderResource,
        rules.RuleSetResource,
        systems.DownstreamSystemResource,
        workforce.AbsenceResource,
        workforce.CrewResource,
        workforce.EmployeeResource,
        workforce.HeldQualificationResource,
        workforce.QualificationResource,
        workforce.ShiftResource,
    )
}
