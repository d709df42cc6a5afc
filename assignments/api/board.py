"""A whole board in one request."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import base, filters, reading, serializers, times
from assignments.queries import days, work_queue

DAY = OpenApiParameter(
    "day", OpenApiTypes.DATE, description="A local day of the district, ISO 8601; without it the next to assign."
)
IN_PLAN = OpenApiParameter("in_plan", bool, description="Only the plan's own choice of each order, or the others.")
STATUS = OpenApiParameter("status", str, many=True, enum=[one.value for one in filters.SHOWN])


class _Day(rest.Serializer[Any]):
    day = times.DayField(required=False)


class BoardSerializer(rest.Serializer[Any]):
    district = rest.CharField()
    day = rest.DateField()
    run = rest.UUIDField(allow_null=True, help_text="The latest run for the day; null when there was none.")
    suggestions = serializers.SuggestionSerializer(many=True, help_text="By order, the plan's own choice first.")


@base.with_etag
class DistrictSuggestions(base.ApiView):
    @extend_schema(
        operation_id="districts_suggestions",
        parameters=[DAY, IN_PLAN, STATUS],
        responses={200: BoardSerializer, **base.REFUSALS},
    )
    def get(self, request: Request, code: str) -> Response:
        """The suggestions for all orders of a district's day in one answer: open, stale and rejected ones."""
        if unknown := sorted(set(request.query_params) - {"day", "in_plan", "status"}):
            raise exceptions.ValidationError({unknown[0]: "Unknown. Known are: day, in_plan, status."})
        asked = _Day(data={"day": request.query_params["day"]} if "day" in request.query_params else {})
        asked.is_valid(raise_exception=True)
        district = get_object_or_404(reading.districts(request.user), code=code)
        day = asked.validated_data.get("day") or days.day_to_assign(district, timezone.now())
        shown = models.Suggestion.objects.filter(
            order__district=district, run__day=day, status__in=filters.SHOWN
        ).ranked().with_teams().select_related("order__district")  # fmt: skip
        narrowed = filters.DaySuggestionFilter(request.query_params, queryset=shown, request=request)
        if not narrowed.is_valid():
            raise exceptions.ValidationError(narrowed.errors)
        run = work_queue.latest_run(district, day)
        board = {"district": district.code, "day": day, "run": run and run.pk, "suggestions": narrowed.qs}
        return Response(BoardSerializer(board).data)
