"""Overrides for programs: why a crew may not, what an override would break, and overriding it with a reason."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, reading, serializers, times
from assignments.models import districts
from assignments.queries import days
from assignments.services.decisions import overriding
from assignments.services.runs import explaining

DAY = OpenApiParameter(
    "day", OpenApiTypes.DATE, description="A local day of the district, ISO 8601; without it the next to assign."
)
START = OpenApiParameter(
    "starts_at", OpenApiTypes.DATETIME, description="ISO 8601; without it the start that breaks least."
)


class ObstacleSerializer(rest.Serializer[Any]):
    rule = rest.CharField(help_text="Its code.")
    title = rest.CharField()
    text = rest.CharField()
    authority = rest.CharField(allow_null=True, help_text="Who may override it; null when nobody may.")
    basis = rest.ChoiceField(["law", "agreement", "policy", "physics"], help_text="What the rule rests on.")
    # The framework takes what is declared away from the class, where a serializer has a `source` of its own.
    source = rest.CharField(  # type: ignore[assignment]
        help_text="The regulation, standard or agreement behind it; empty for physics."
    )


class CrewAnswerSerializer(rest.Serializer[Any]):
    shift = rest.IntegerField(source="shift.pk")
    crew = serializers.CrewSerializer(source="shift.crew")
    part = rest.CharField(help_text="What the crew would be in a team; empty where one crew is enough.")
    obstacles = ObstacleSerializer(many=True, help_text="Every broken rule; none when the crew may do the work.")
    fix = rest.CharField(
        help_text="The cheapest change that would help, or the two cheapest; empty when two would not be enough."
    )
    override_at = rest.DateTimeField(allow_null=True, help_text="Where an override would break least; null: nowhere.")


class OverrideAnswerSerializer(rest.Serializer[Any]):
    shift = rest.IntegerField(source="shift.pk")
    crew = serializers.CrewSerializer(source="shift.crew")
    departs_at = rest.DateTimeField()
    starts_at = rest.DateTimeField()
    ends_at = rest.DateTimeField()
    overridable = ObstacleSerializer(many=True, help_text="Broken rules that a person may answer for.")
    forbidden = ObstacleSerializer(many=True, help_text="Broken rules that nobody may override.")
    awaited = ObstacleSerializer(many=True, help_text="Pending permits: it would be approved tentatively.")
    fingerprint = rest.CharField(help_text="Overrides exactly this.")


class OverrideRequest(rest.Serializer[Any]):
    starts_at = times.MomentField()
    rules = rest.ListField(child=rest.CharField(max_length=40), help_text="Codes of the rules that may be broken.")
    fingerprint = rest.CharField(max_length=100)
    code = rest.ChoiceField(models.Assignment.OverrideCode.choices)
    reason = rest.CharField(max_length=overriding.LONGEST_WORDS, default="", allow_blank=True)
    tentative = rest.BooleanField(default=False, help_text="Although a permit is still pending.")


class _Asked(rest.Serializer[Any]):
    day = times.DayField(required=False)
    starts_at = times.MomentField(required=False)


def _asked(request: Request, name: str) -> Any:
    """The parameter, or None without it; raises ValidationError for another, or for nonsense."""
    if unknown := set(request.query_params) - {name}:
        raise exceptions.ValidationError(dict.fromkeys(unknown, f"Unknown. Known is: {name}."))
    form = _Asked(data={name: request.query_params[name]} if name in request.query_params else {})
    form.is_valid(raise_exception=True)
    return form.validated_data.get(name)


def _order(request: Request, number: str) -> models.WorkOrder:
    mine = models.WorkOrder.objects.readable_by(request.user).select_related(*districts.with_rules("district"))
    order: models.WorkOrder = get_object_or_404(mine, number=number)
    return order


def _shift(order: models.WorkOrder, shift_id: int) -> models.Shift:
    found = models.Shift.objects.filter(crew__district=order.district_id, pk=shift_id).select_related("crew").first()
    if found is None:
        raise Http404
    return found


@base.with_etag
class WhyNot(base.ApiView):
    @extend_schema(
        operation_id="orders_why_not",
        parameters=[DAY],
        responses={200: CrewAnswerSerializer(many=True), **base.REFUSALS},
    )
    def get(self, request: Request, number: str) -> Response:
        """Each shift of the district on the day: every rule in the way, and the cheapest change that would help."""
        order, now = _order(request, number), timezone.now()
        day = _asked(request, "day") or days.day_to_assign(order.district, now)
        answers = explaining.why_not(order=order, day=day, now=now)
        return Response(CrewAnswerSerializer(answers, many=True).data)


@base.with_etag
class Override(base.ApiView):
    @extend_schema(
        operation_id="orders_override",
        parameters=[START],
        responses={200: OverrideAnswerSerializer, **acting.DECIDED},
    )
    def get(self, request: Request, number: str, shift_id: int) -> Response:
        """Report the rules that an override would break as things stand now; nothing is written."""
        order = _order(request, number)
        starts_at = _asked(request, "starts_at")
        seen = overriding.look(order=order, shift=_shift(order, shift_id), starts_at=starts_at, now=timezone.now())
        return Response(OverrideAnswerSerializer(seen).data)


@acting.acts(
    "orders_override_approve",
    request=OverrideRequest,
    parameters=[acting.LOCATION],
    responses={201: serializers.AssignmentSerializer, **acting.DECIDED},
)
class OverrideApprove(acting.Act):
    """Assigns the crew against the named rules, if a person may answer for them and nothing else is in the way."""

    about = reading.Order

    def act(self, request: Request, *, number: str, shift_id: int) -> Response:
        fields = acting.accepted(OverrideRequest, request)
        order = _order(request, number)
        done = overriding.override(
            order=order, shift=_shift(order, shift_id), by=request.user, now=timezone.now(), **fields
        )
        return acting.made(request, done)
