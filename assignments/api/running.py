"""Runs: gathering and planning a district's day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, reading, serializers
from assignments.services.runs import keeping, running

SUGGEST = models.ApiToken.Scope.SUGGEST


@acting.acts(
    "runs_create",
    request=serializers.RunRequest,
    parameters=[acting.LOCATION],
    responses={
        202: serializers.RunSerializer,
        200: OpenApiResponse(serializers.RunSerializer, description="Joined the run that was under way."),
        **acting.DECIDED,
    },
)
class Runs(acting.Act):
    """Gathers and plans a district's day, or joins the run that does so already."""

    scope = SUGGEST

    def act(self, request: Request, **address: Any) -> Response:
        fields = acting.accepted(serializers.RunRequest, request)
        mine = models.District.objects.readable_by(request.user)
        district = get_object_or_404(mine, code=fields["district"])
        run, joined = running.request_run(district=district, day=fields["day"], by=request.user, now=timezone.now())
        return Response(
            serializers.RunSerializer(reading.runs(request.user).get(pk=run.pk)).data,
            status=status.HTTP_200_OK if joined else status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("api:run", args=[run.pk])},
        )


@reading.documented("runs_retrieve", serializers.RunSerializer)
class Run(base.File):
    """A suggestion run: its status flag, one line per source, counters."""

    serializer_class = serializers.RunSerializer
    parameter = "run_id"
    guard = models.SuggestionRun, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return reading.runs(user)


@acting.acts("runs_cancel", request=None, responses={200: serializers.RunSerializer, **acting.DECIDED})
class RunCancel(acting.Act):
    """Stops a run that is under way."""

    scope, about = SUGGEST, Run

    def act(self, request: Request, *, run_id: UUID) -> Response:
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        run = running.cancel_run(run=run, by=request.user, now=timezone.now())
        return Response(serializers.RunSerializer(run).data)


@acting.acts("runs_keep", request=None, responses={200: serializers.RunSerializer, **acting.DECIDED})
class RunKeep(acting.Act):
    """Ends the improvement of a run's plan; the best plan found by then is its result."""

    scope, about = SUGGEST, Run

    def act(self, request: Request, *, run_id: UUID) -> Response:
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        run = keeping.keep_plan(run=run, by=request.user, now=timezone.now())
        return Response(serializers.RunSerializer(run).data)
