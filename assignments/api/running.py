"""Runs: planning a district's day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers as rest
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, filters, reading, serializers, times
from assignments.services.runs import keeping, running, waiving

SUGGEST = models.ApiToken.Scope.SUGGEST


class SourceSerializer(rest.ModelSerializer[models.SourceProgress]):
    system = rest.CharField(source="system.code")
    name = rest.CharField(source="system.name")

    class Meta:
        model = models.SourceProgress
        fields = ("system", "name", "status", "records", "attempts", "detail", "data_as_of")


class MovedOrderSerializer(rest.ModelSerializer[models.MovedOrder]):
    order = rest.CharField(source="order.number")

    class Meta:
        model = models.MovedOrder
        fields = ("order", "shown_crews", "shown_starts_at", "crews", "starts_at", "why")


class RunSerializer(rest.ModelSerializer[models.SuggestionRun]):
    district = rest.CharField(source="district.code")
    requested_by = serializers.PersonField(allow_null=True)
    figures = rest.DictField(
        help_text="What the engine measured: the number of the `plan`, its `served_percent` and `travel_hours`, "
        "how far its improvement has come (`improved_percent` of `improve_seconds`), and the rejections that it held, "
        "`rejected`; `moved` counts what it did otherwise than the plan before."
    )
    sources = SourceSerializer(many=True)
    moved = MovedOrderSerializer(
        many=True, help_text="Orders with another crew or hour than in the plan before, or left out, and why."
    )

    class Meta:
        model = models.SuggestionRun
        fields = (
            "id", "district", "day", "status", "version", "requested_by", "requested_at", "started_at", "finished_at",
            "orders_total", "orders_ranked", "orders_in_plan", "figures", "keep_asked_at", "go_on_asked_at", "error",
            "updated_at", "sources", "moved",
        )  # fmt: skip


class RunRequest(rest.Serializer[Any]):
    district = rest.CharField(help_text="Code of a district.")
    day = times.DayField(help_text="A local day of the district.")


@acting.acts(
    "runs_create",
    request=RunRequest,
    parameters=[acting.LOCATION],
    responses={
        202: RunSerializer,
        200: OpenApiResponse(RunSerializer, description="Joined the run that was under way."),
        **acting.DECIDED,
    },
)
@reading.documented("runs_list", RunSerializer(many=True))
class Runs(acting.Act, base.Listing):
    """Suggestion runs, the newest first; a POST plans a district's day, or joins the run that does so."""

    scope = SUGGEST
    serializer_class = RunSerializer
    filterset_class = filters.RunFilter

    def get_queryset(self) -> QuerySet[Any]:
        return reading.runs(self.request.user)

    def act(self, request: Request, **address: Any) -> Response:
        fields = acting.accepted(RunRequest, request)
        mine = models.District.objects.readable_by(request.user)
        district = get_object_or_404(mine, code=fields["district"])
        run, joined = running.request_run(district=district, day=fields["day"], by=request.user, now=timezone.now())
        return Response(
            RunSerializer(reading.runs(request.user).get(pk=run.pk)).data,
            status=status.HTTP_200_OK if joined else status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("api:run", args=[run.pk])},
        )


@reading.documented("runs_retrieve", RunSerializer)
class Run(base.File):
    """A suggestion run: its status flag, one line per source, counters."""

    serializer_class = RunSerializer
    parameter = "run_id"
    guard = models.SuggestionRun, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return reading.runs(user)


class RunAct(acting.Act):
    """Done to a run under way by one call of `service`, which gives the run as it is then."""

    scope, about = SUGGEST, Run
    service: ClassVar[Callable[..., models.SuggestionRun]]

    def act(self, request: Request, *, run_id: UUID) -> Response:
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        run = self.service(run=run, by=request.user, now=timezone.now())
        return Response(RunSerializer(run).data)


@acting.acts("runs_cancel", request=None, responses={200: RunSerializer, **acting.DECIDED})
class RunCancel(RunAct):
    """Stops a run that is under way."""

    service = staticmethod(running.cancel_run)


@acting.acts("runs_keep", request=None, responses={200: RunSerializer, **acting.DECIDED})
class RunKeep(RunAct):
    """Ends the improvement of a run's plan; the best plan found by then is its result."""

    service = staticmethod(keeping.keep_plan)


@acting.acts("runs_go_on", request=None, responses={200: RunSerializer, **acting.DECIDED})
class RunGoOn(RunAct):
    """Ends a run's waiting for sources that have not answered; it goes on with what is known of them."""

    service = staticmethod(waiving.go_on)
