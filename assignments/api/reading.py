"""The routes that only read. Every list and file takes the same number of queries whatever its length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from assignments import models
from assignments.api import base, etr, filters, serializers
from assignments.queries import run_lines

Status = models.Assignment.Status


def write_backs(user: Any) -> QuerySet[Any]:
    return models.WriteBack.objects.readable_by(user).select_related("target", "assignment__order")


def assignments(user: Any) -> QuerySet[Any]:
    return with_write_backs(models.Assignment.objects.readable_by(user).leads())


def with_write_backs(rows: models.bookings.AssignmentQuerySet) -> QuerySet[Any]:
    told = models.WriteBack.objects.select_related("target", "assignment__order")
    related = rows.with_teams().select_related("order__district", "approved_by", "revoked_by")
    return related.prefetch_related(Prefetch("write_backs", told))


def suggestions(user: Any) -> QuerySet[Any]:
    return models.Suggestion.objects.readable_by(user).ranked().with_teams().select_related("order__district")


def rejections(user: Any) -> models.rejections.RejectionQuerySet:
    related = models.Rejection.objects.readable_by(user).select_related("order__district", "rejected_by")
    return related.select_related("taken_back_by")


def districts(user: Any) -> QuerySet[Any]:
    return models.District.objects.readable_by(user).with_rules().annotate(role=F("memberships__role"))


def orders(user: Any) -> QuerySet[Any]:
    ruled = models.District.objects.readable_by(user).with_rules()
    mine = models.WorkOrder.objects.readable_by(user).by_risk(ruled)
    beneath = ("needs__qualification", "parts", "part_of__needs__qualification", "part_of__parts")
    return mine.select_related("district", "source").prefetch_related(*beneath)


def runs(user: Any) -> QuerySet[Any]:
    mine = models.SuggestionRun.objects.readable_by(user).select_related("district", "requested_by")
    return run_lines.with_lines(mine)


def permits(user: Any) -> QuerySet[Any]:
    return models.Permit.objects.readable_by(user).select_related("order__district", "source")


def systems(user: Any) -> QuerySet[Any]:
    """All of them for everybody who is a member of a district; they are the installation's, not a district's."""
    is_member = models.District.objects.readable_by(user)
    return models.DownstreamSystem.objects.filter(Exists(is_member))


def _decision(data: Mapping[str, Any]) -> dict[str, Any]:
    """The assignment without what moves while systems are told of it."""
    moved = {"write_backs", "updated_at"}
    told = {"status": Status.APPROVED} if data["status"] == Status.CONFIRMED else {}
    return {name: value for name, value in data.items() if name not in moved} | told


def documented(operation_id: str, answer: Any) -> Any:
    return extend_schema_view(get=extend_schema(operation_id=operation_id, responses={200: answer, **base.REFUSALS}))


@documented("districts_list", serializers.DistrictSerializer(many=True))
class Districts(base.Listing):
    """Your districts, with your role in each."""

    serializer_class = serializers.DistrictSerializer

    def get_queryset(self) -> QuerySet[Any]:
        return districts(self.request.user)


@documented("orders_list", serializers.OrderSerializer(many=True))
class Orders(base.Listing):
    """Work orders, most urgent first."""

    serializer_class = serializers.OrderSerializer
    filterset_class = filters.OrderFilter

    def get_queryset(self) -> QuerySet[Any]:
        return orders(self.request.user)

    def paginate_queryset(self, queryset: Any) -> Any:
        return etr.attached(super().paginate_queryset(queryset) or [])


@documented("orders_retrieve", serializers.OrderDetailSerializer)
class Order(base.File):
    """A work order with its permits, its suggestions and its live assignment."""

    serializer_class = serializers.OrderDetailSerializer
    column = parameter = "number"
    guard = models.WorkOrder, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        shown = (
            models.Suggestion.objects.filter(status__in=filters.SHOWN)
            .ranked()
            .with_teams()
            .select_related("order__district")
        )
        live = with_write_backs(models.Assignment.objects.live().leads())
        return orders(user).prefetch_related(
            "prerequisites",
            "permits__source",
            "part_of__permits__source",
            Prefetch("suggestions", shown, to_attr="open_suggestions"),
            Prefetch("rejections", rejections(user).held(), to_attr="held_rejections"),
            Prefetch("assignments", live, to_attr="live_assignments"),
        )

    @classmethod
    def decided_on(cls, data: Any) -> Any:
        return data if data["assignment"] is None else {**data, "assignment": _decision(data["assignment"])}

    @classmethod
    def found(cls, request: Request, address: Mapping[str, Any]) -> Any:
        [order] = etr.attached([super().found(request, address)])
        return order


@documented("suggestions_list", serializers.SuggestionSerializer(many=True))
class Suggestions(base.Listing):
    """Suggestions by order, the plan's own choice of each first."""

    serializer_class = serializers.SuggestionSerializer
    filterset_class = filters.SuggestionFilter

    def get_queryset(self) -> QuerySet[Any]:
        return suggestions(self.request.user)


@documented("rejections_list", serializers.RejectionSerializer(many=True))
class Rejections(base.Listing):
    """Crews that managers have rejected for orders, the newest rejection first."""

    serializer_class = serializers.RejectionSerializer
    filterset_class = filters.RejectionFilter

    def get_queryset(self) -> QuerySet[Any]:
        return rejections(self.request.user)


@documented("assignments_list", serializers.AssignmentSerializer(many=True))
class Assignments(base.Listing):
    """Decisions and what the downstream systems have been told of them, the earliest work first."""

    serializer_class = serializers.AssignmentSerializer
    filterset_class = filters.AssignmentFilter

    def get_queryset(self) -> QuerySet[Any]:
        return assignments(self.request.user)


@documented("assignments_retrieve", serializers.AssignmentSerializer)
class AssignmentDetail(base.File):
    """A decision and what the downstream systems have been told of it."""

    serializer_class = serializers.AssignmentSerializer
    parameter = "assignment_id"
    guard = models.WorkOrder, "order"

    @classmethod
    def decided_on(cls, data: Any) -> Any:
        return _decision(data)

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return assignments(user)


@documented("write_backs_list", serializers.WriteBackSerializer(many=True))
class WriteBacks(base.Listing):
    """Write-backs to downstream systems, oldest first."""

    serializer_class = serializers.WriteBackSerializer
    filterset_class = filters.WriteBackFilter

    def get_queryset(self) -> QuerySet[Any]:
        return write_backs(self.request.user)


@documented("districts_retrieve", serializers.DistrictSerializer)
class DistrictFile(base.File):
    """A district, with your role in it and the rules in force."""

    serializer_class = serializers.DistrictSerializer
    column = "code"
    parameter = "code"
    guard = models.District, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return districts(user)


@documented("suggestions_retrieve", serializers.SuggestionSerializer)
class SuggestionFile(base.File):
    """One suggestion, whatever its status."""

    serializer_class = serializers.SuggestionSerializer
    parameter = "suggestion_id"
    guard = models.WorkOrder, "order"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return suggestions(user)


@documented("rejections_retrieve", serializers.RejectionSerializer)
class RejectionFile(base.File):
    """One rejection, whether it holds or not."""

    serializer_class = serializers.RejectionSerializer
    parameter = "rejection_id"
    guard = models.WorkOrder, "order"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return rejections(user)


@documented("write_backs_retrieve", serializers.WriteBackSerializer)
class WriteBackFile(base.File):
    """One decision as it is told to one system."""

    serializer_class = serializers.WriteBackSerializer
    parameter = "write_back_id"
    guard = models.WriteBack, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return write_backs(user)


@documented("permits_list", serializers.PermitOfOrderSerializer(many=True))
class Permits(base.Listing):
    """Permits of the orders, the first to end comes first."""

    serializer_class = serializers.PermitOfOrderSerializer
    filterset_class = filters.PermitListFilter

    def get_queryset(self) -> QuerySet[Any]:
        return permits(self.request.user)


@documented("permits_retrieve", serializers.PermitOfOrderSerializer)
class PermitFile(base.File):
    """One permit."""

    serializer_class = serializers.PermitOfOrderSerializer
    parameter = "permit_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return permits(user)


@documented("systems_list", serializers.SystemSerializer(many=True))
class Systems(base.Listing):
    """The downstream systems that work is gathered from and decisions are told to."""

    serializer_class = serializers.SystemSerializer
    filterset_class = filters.SystemFilter

    def get_queryset(self) -> QuerySet[Any]:
        return systems(self.request.user)


@documented("systems_retrieve", serializers.SystemSerializer)
class SystemFile(base.File):
    """One downstream system."""

    serializer_class = serializers.SystemSerializer
    column = "code"
    parameter = "system_code"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return systems(user)
