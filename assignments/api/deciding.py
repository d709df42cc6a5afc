"""The routes that change something: each is one call of the service that the pages call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers as rest
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import base, reading, serializers
from assignments.services import storming
from assignments.services.decisions import approving, rejecting, revoking
from assignments.services.runs import keeping, running
from assignments.services.writebacks import delivering

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=True, description="The new resource.")
DECIDED = {**base.REFUSALS, **base.REFUSED_BY_RULE}


def accepted(form: type[rest.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's fields; raises ValidationError, also for fields that are not known."""
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    unknown = sorted(set(request.data) - set(body.fields))
    if unknown:
        raise rest.ValidationError(dict.fromkeys(unknown, "There is no such field."))
    fields: dict[str, Any] = body.validated_data
    return fields


class Runs(base.ApiView):
    scope = models.ApiToken.Scope.SUGGEST

    @extend_schema(
        operation_id="runs_create",
        request=serializers.RunRequest,
        parameters=[LOCATION],
        responses={
            202: serializers.RunSerializer,
            200: OpenApiResponse(serializers.RunSerializer, description="Joined the run that was under way."),
            **DECIDED,
        },
    )
    def post(self, request: Request) -> Response:
        """Gathers and plans a district's day, or joins the run that does so already."""
        fields = accepted(serializers.RunRequest, request)
        mine = models.District.objects.readable_by(request.user)
        district = get_object_or_404(mine, code=fields["district"])
        run, joined = running.request_run(district=district, day=fields["day"], by=request.user, now=timezone.now())
        return Response(
            serializers.RunSerializer(reading.runs(request.user).get(pk=run.pk)).data,
            status=status.HTTP_200_OK if joined else status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("api:run", args=[run.pk])},
        )


@base.with_etag
class Run(base.ApiView):
    @extend_schema(operation_id="runs_retrieve", responses={200: serializers.RunSerializer, **base.REFUSALS})
    def get(self, request: Request, run_id: UUID) -> Response:
        """A suggestion run: its status flag, one line per source, counters."""
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        return Response(serializers.RunSerializer(run).data)


class RunCancel(base.ApiView):
    scope = models.ApiToken.Scope.SUGGEST

    @extend_schema(operation_id="runs_cancel", request=None, responses={200: serializers.RunSerializer, **DECIDED})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Stops a run that is under way."""
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        run = running.cancel_run(run=run, by=request.user, now=timezone.now())
        return Response(serializers.RunSerializer(run).data)


class RunKeep(base.ApiView):
    scope = models.ApiToken.Scope.SUGGEST

    @extend_schema(operation_id="runs_keep", request=None, responses={200: serializers.RunSerializer, **DECIDED})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Ends the improvement of a run's plan; the best plan found by then is its result."""
        run = get_object_or_404(reading.runs(request.user), pk=run_id)
        run = keeping.keep_plan(run=run, by=request.user, now=timezone.now())
        return Response(serializers.RunSerializer(run).data)


class SuggestionApprove(base.ApiView):
    @extend_schema(
        operation_id="suggestions_approve",
        request=serializers.Approval,
        parameters=[LOCATION],
        responses={201: serializers.AssignmentSerializer, **DECIDED},
    )
    def post(self, request: Request, suggestion_id: int) -> Response:
        """Assigns the crew; every hard rule is checked again, and the write-backs are under way."""
        fields = accepted(serializers.Approval, request)
        suggestion = get_object_or_404(reading.suggestions(request.user), pk=suggestion_id)
        assignment = approving.approve(
            suggestion=suggestion, by=request.user, now=timezone.now(), tentative=fields["tentative"]
        )
        return Response(
            serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment.pk)).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api:assignment", args=[assignment.pk])},
        )


class SuggestionReject(base.ApiView):
    @extend_schema(
        operation_id="suggestions_reject",
        request=serializers.RejectionGiven,
        responses={200: serializers.SuggestionSerializer, **DECIDED},
    )
    def post(self, request: Request, suggestion_id: int) -> Response:
        """Takes a suggestion off the table, with a reason; no run offers its crews for the order until their facts
        change or the rejection is taken back."""
        fields = accepted(serializers.RejectionGiven, request)
        suggestion = get_object_or_404(reading.suggestions(request.user), pk=suggestion_id)
        rejecting.reject(suggestion=suggestion, by=request.user, now=timezone.now(), **fields)
        return Response(serializers.SuggestionSerializer(reading.suggestions(request.user).get(pk=suggestion_id)).data)


class RejectionTakeBack(base.ApiView):
    @extend_schema(
        operation_id="rejections_take_back",
        request=None,
        responses={200: serializers.RejectionSerializer, **DECIDED},
    )
    def post(self, request: Request, rejection_id: int) -> Response:
        """Lets the crews be offered for the order again."""
        rejection = get_object_or_404(reading.rejections(request.user), pk=rejection_id)
        rejecting.take_back(rejection=rejection, by=request.user, now=timezone.now())
        return Response(serializers.RejectionSerializer(reading.rejections(request.user).get(pk=rejection_id)).data)


class AssignmentRevoke(base.ApiView):
    @extend_schema(
        operation_id="assignments_revoke",
        request=serializers.ReasonGiven,
        responses={200: serializers.AssignmentSerializer, **DECIDED},
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Revokes a decision, with a reason; systems that were told are told again."""
        fields = accepted(serializers.ReasonGiven, request)
        assignment = get_object_or_404(reading.assignments(request.user), pk=assignment_id)
        revoking.revoke(assignment=assignment, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment_id)).data)


class AssignmentUndo(base.ApiView):
    @extend_schema(
        operation_id="assignments_undo", request=None, responses={200: serializers.AssignmentSerializer, **DECIDED}
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Undoes a decision without a reason, until its `undo_until`; systems that were told are told again."""
        assignment = get_object_or_404(reading.assignments(request.user), pk=assignment_id)
        revoking.undo(assignment=assignment, by=request.user, now=timezone.now())
        return Response(serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment_id)).data)


class StormDeclare(base.ApiView):
    @extend_schema(
        operation_id="storms_declare",
        request=serializers.ReasonGiven,
        responses={200: serializers.DistrictSerializer, **DECIDED},
    )
    def post(self, request: Request, code: str) -> Response:
        """Puts the district's storm rules in force: rest limits, priorities and horizon."""
        fields = accepted(serializers.ReasonGiven, request)
        district = get_object_or_404(reading.districts(request.user), code=code)
        storming.declare(district=district, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.DistrictSerializer(reading.districts(request.user).get(code=code)).data)


class StormEnd(base.ApiView):
    @extend_schema(
        operation_id="storms_end",
        request=serializers.ReasonGiven,
        responses={200: serializers.DistrictSerializer, **DECIDED},
    )
    def post(self, request: Request, code: str) -> Response:
        """Puts the normal rules in force again."""
        fields = accepted(serializers.ReasonGiven, request)
        district = get_object_or_404(reading.districts(request.user), code=code)
        storming.end(district=district, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.DistrictSerializer(reading.districts(request.user).get(code=code)).data)


class WriteBackRetry(base.ApiView):
    @extend_schema(
        operation_id="write_backs_retry", request=None, responses={200: serializers.WriteBackSerializer, **DECIDED}
    )
    def post(self, request: Request, write_back_id: int) -> Response:
        """Sends a failed or dead write-back at once, with the same idempotency key."""
        write_back = get_object_or_404(reading.write_backs(request.user), pk=write_back_id)
        delivering.retry(write_back=write_back, by=request.user, now=timezone.now())
        return Response(serializers.WriteBackSerializer(reading.write_backs(request.user).get(pk=write_back_id)).data)
