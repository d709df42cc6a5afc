"""The rows as the API shows them. Codes and numbers name rows for people; `id` matches the events of the streams."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from assignments import models
from assignments.api import etr, scores
from assignments.services.records import refusals

Priority = models.WorkOrder.Priority
PRIORITIES = [(one.name, one.label) for one in Priority]


@extend_schema_field(serializers.ChoiceField(PRIORITIES))
class PriorityField(serializers.Field[Priority, str, str, models.WorkOrder]):
    def to_representation(self, value: int) -> str:
        return Priority(value).name


@extend_schema_field(serializers.CharField(allow_null=True))
class PersonField(serializers.Field[Any, str, str, Any]):
    """The name that colleagues know a user by."""

    def to_representation(self, value: Any) -> str:
        return refusals.person(value)


class StormSerializer(serializers.ModelSerializer[models.Storm]):
    declared_by = PersonField()

    class Meta:
        model = models.Storm
        fields = ("declared_at", "declared_by", "reason")


class DistrictSerializer(serializers.ModelSerializer[models.District]):
    role = serializers.ChoiceField(models.Membership.Role.choices, help_text="Your role in the district.")
    rule_set = serializers.CharField(source="rules_in_force.name", help_text="In force now.")
    storm = StormSerializer(allow_null=True, help_text="The one declared now, if any.")

    class Meta:
        model = models.District
        fields = (
            "id", "code", "name", "time_zone", "service_centre", "latitude", "longitude", "rule_set", "storm", "role",
        )  # fmt: skip


class CrewSerializer(serializers.ModelSerializer[models.Crew]):
    class Meta:
        model = models.Crew
        fields = ("id", "name", "source_reference")


class NeedSerializer(serializers.ModelSerializer[models.OrderNeed]):
    qualification = serializers.CharField(source="qualification.code")

    class Meta:
        model = models.OrderNeed
        fields = ("qualification", "level", "people")


class FurtherCrewSerializer(serializers.ModelSerializer[models.OrderPart]):
    equipment = serializers.ListField(child=serializers.CharField())
    needs = serializers.SerializerMethodField()

    class Meta:
        model = models.OrderPart
        fields = ("number", "title", "crew_size", "needs", "equipment")

    @extend_schema_field(NeedSerializer(many=True))
    def get_needs(self, part: models.OrderPart) -> Any:
        return NeedSerializer(part.order.needs_of(part.number), many=True).data


ORIGIN = ("source", "source_reference", "source_version", "synced_at", "updated_at")


class OriginSerializer(serializers.ModelSerializer[Any]):
    """A row of a downstream system: its code, its own reference and version of the row, and when that was taken."""

    source = serializers.CharField(source="source.code", allow_null=True, default=None)  # type: ignore[assignment]  # a field of its own


class PermitSerializer(OriginSerializer):
    class Meta:
        model = models.Permit
        fields: tuple[str, ...] = (
            "id", "kind", "number", "status", "authority", "valid_from", "valid_until", *ORIGIN,
        )  # fmt: skip


class PermitOfOrderSerializer(PermitSerializer):
    order = serializers.CharField(source="order.number")
    district = serializers.CharField(source="order.district.code")

    class Meta(PermitSerializer.Meta):
        fields = (*PermitSerializer.Meta.fields, "order", "district")


class SystemSerializer(serializers.ModelSerializer[models.DownstreamSystem]):
    class Meta:
        model = models.DownstreamSystem
        fields = (
            "id", "code", "name", "kind", "is_source", "is_target", "enabled", "last_gathered_at", "is_away",
            "away_since", "away_because", "resumes_at",
        )  # fmt: skip


class OrderSerializer(etr.EtrFields, OriginSerializer):
    district = serializers.CharField(source="district.code")
    priority = PriorityField(help_text="As the order states it.")
    urgency = PriorityField(help_text="Its priority under the rules in force: work is planned by it.")
    equipment = serializers.ListField(child=serializers.CharField())
    required_permits = serializers.ListField(child=serializers.ChoiceField(models.Permit.Kind.choices))
    needs = serializers.SerializerMethodField()
    further_crews = FurtherCrewSerializer(
        many=True,
        source="further_parts",
        help_text="Needed at the same time; size, needs and equipment are the lead's.",
    )

    part_of = serializers.CharField(
        source="part_of.number", allow_null=True, default=None, help_text="Number of the order that it is a part of."
    )
    part = serializers.IntegerField(help_text="Which of its parts, from 1 on; 0 for an order that is no part.")
    parts_in_all = serializers.IntegerField(help_text="Of a part and of its whole; the whole is not planned itself.")

    class Meta:
        model = models.WorkOrder
        fields: tuple[str, ...] = (
            "id", "number", "district", "kind", "priority", "urgency", "status", "title", "latitude", "longitude",
            "address", "feeder", "substation", "voltage", "energised", "customers_out", "duration_minutes",
            "earliest_start", "due_at", "appointment_starts_at", "appointment_ends_at", "crew_size", "needs",
            "equipment", "further_crews", "required_permits", "materials_ready", "materials_expected_at",
            "splitting", "least_part_minutes", "set_up_minutes", "parts_done", "kept_whole_at", "part_of", "part",
            "parts_in_all", *etr.FIELDS, *ORIGIN, "created_at", "version",
        )  # fmt: skip

    @extend_schema_field(NeedSerializer(many=True))
    def get_needs(self, order: models.WorkOrder) -> Any:
        return NeedSerializer(order.needs_of(0), many=True).data


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class SuggestedCrewSerializer(serializers.ModelSerializer[models.FurtherCrew]):
    crew = CrewSerializer()

    class Meta:
        model = models.FurtherCrew
        fields = ("part", "crew", "departs_at", "travel_minutes")


_FORMER = "The former name of `further_crews`; it goes with the version after the next."


@extend_schema_serializer(deprecate_fields=["companions"])
class SuggestionSerializer(scores.ScoreFields, serializers.ModelSerializer[models.Suggestion]):
    order = serializers.CharField(source="order.number")
    crew = CrewSerializer(help_text="The lead crew, where the order needs several.")
    further_crews = SuggestedCrewSerializer(many=True, help_text="Approved with the lead crew or not at all.")
    companions = SuggestedCrewSerializer(many=True, source="further_crews", help_text=_FORMER)
    reasons = ReasonSerializer(many=True)
    warnings = ReasonSerializer(many=True)

    class Meta:
        model = models.Suggestion
        fields = (
            "id", "run", "order", "crew", "further_crews", "companions", "rank", "departs_at", "starts_at", "ends_at",
            "travel_minutes", "score", "effects", "parts", "reasons", "warnings", "in_plan", "tentative", "status",
            "stale_cause", "reject_reason",
        )  # fmt: skip


class RejectionSerializer(serializers.ModelSerializer[models.Rejection]):
    order = serializers.CharField(source="order.number")
    crews = serializers.CharField(source="crew_names", help_text="The crew, or all crews of the team.")
    rejected_by = PersonField()
    taken_back_by = PersonField(allow_null=True)
    is_held = serializers.BooleanField(help_text="Neither taken back nor lapsed: no run offers it.")

    class Meta:
        model = models.Rejection
        fields = (
            "id", "order", "crews", "starts_at", "code", "reason", "rejected_by", "rejected_at", "is_held",
            "taken_back_by", "taken_back_at", "lapsed_at",
        )  # fmt: skip


class WriteBackSerializer(serializers.ModelSerializer[models.WriteBack]):
    order = serializers.CharField(source="about.number")
    target = serializers.CharField(source="target.code")
    payload = serializers.DictField()

    class Meta:
        model = models.WriteBack
        fields = (
            "id", "assignment", "order", "target", "action", "status", "attempts", "next_attempt_at", "last_error",
            "reference", "idempotency_key", "trace_id", "payload", "created_at", "acknowledged_at", "written_off_at",
            "written_off_because", "updated_at",
        )  # fmt: skip


class FurtherAssignmentSerializer(serializers.ModelSerializer[models.Assignment]):
    crew = CrewSerializer()

    class Meta:
        model = models.Assignment
        fields = ("part", "crew", "departs_at")


@extend_schema_serializer(deprecate_fields=["companions"])
class AssignmentSerializer(serializers.ModelSerializer[models.Assignment]):
    order = serializers.CharField(source="order.number")
    crew = CrewSerializer(help_text="The lead crew, where the order needs several.")
    further_crews = FurtherAssignmentSerializer(many=True, help_text="Further crews of the team, in the same status.")
    companions = FurtherAssignmentSerializer(many=True, source="further_crews", help_text=_FORMER)
    approved_by = PersonField()
    undo_until = serializers.DateTimeField(help_text="Until then `undo` needs no reason; later only `revoke` is left.")
    revoked_by = PersonField(allow_null=True)
    override_rules = serializers.ListField(child=serializers.CharField())
    write_backs = WriteBackSerializer(many=True)

    class Meta:
        model = models.Assignment
        fields = (
            "id", "order", "crew", "further_crews", "companions", "departs_at", "starts_at", "ends_at", "status",
            "pinned", "replaces",
            "override_rules", "override_code", "override_reason", "approved_by", "approved_at", "undo_until",
            "revoked_by", "revoked_at", "revoke_reason", "red_cause", "updated_at", "write_backs",
        )  # fmt: skip


class OrderDetailSerializer(OrderSerializer):
    prerequisites: Any = serializers.SlugRelatedField("number", many=True, read_only=True)
    permits = PermitSerializer(many=True, source="every_permit", help_text="Of a part those of its whole.")
    suggestions = SuggestionSerializer(many=True, source="open_suggestions", help_text="Open, stale and rejected ones.")
    rejections = RejectionSerializer(many=True, source="held_rejections", help_text="Those that hold.")
    assignment = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        more = ("description", "prerequisites", "permits", "suggestions", "rejections", "assignment")
        fields = (*OrderSerializer.Meta.fields, *more)

    @extend_schema_field(AssignmentSerializer(allow_null=True))
    def get_assignment(self, order: Any) -> Any:
        """The live one, with what the downstream systems have been told."""
        return AssignmentSerializer(order.live_assignments[0]).data if order.live_assignments else None


class Approval(serializers.Serializer[Any]):
    tentative = serializers.BooleanField(default=False, help_text="Although a permit is still pending.")


class ReasonGiven(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class RejectionGiven(serializers.Serializer[Any]):
    code = serializers.ChoiceField(
        choices=models.Rejection.Code.choices, default=models.Rejection.Code.OTHER, help_text="The reason."
    )
    reason = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="In words; another reason than the listed needs them."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["code"] == models.Rejection.Code.OTHER and not attrs["reason"]:
            raise serializers.ValidationError({"reason": "Another reason than the listed needs words."})
        return attrs
