"""The routes that decide: each is one call of the service that the pages call."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import acting, reading, serializers
from assignments.services import storming
from assignments.services.decisions import approving, rejecting, revoking


@acting.acts(
    "suggestions_approve",
    request=serializers.Approval,
    parameters=[acting.LOCATION],
    responses={201: serializers.AssignmentSerializer, **acting.DECIDED},
)
class SuggestionApprove(acting.Act):
    """Assigns the crew; every hard rule is checked again, and the write-backs are under way."""

    about = reading.SuggestionFile

    def act(self, request: Request, *, suggestion_id: int) -> Response:
        fields = acting.accepted(serializers.Approval, request)
        suggestion = get_object_or_404(reading.suggestions(request.user), pk=suggestion_id)
        assignment = approving.approve(
            suggestion=suggestion, by=request.user, now=timezone.now(), tentative=fields["tentative"]
        )
        return acting.made(request, assignment)


@acting.acts(
    "suggestions_reject",
    request=serializers.RejectionGiven,
    responses={200: serializers.SuggestionSerializer, **acting.DECIDED},
)
class SuggestionReject(acting.Act):
    """Takes a suggestion off the table, with a reason; no run offers its crews for the order until their facts
    change or the rejection is taken back."""

    about = reading.SuggestionFile

    def act(self, request: Request, *, suggestion_id: int) -> Response:
        fields = acting.accepted(serializers.RejectionGiven, request)
        suggestion = get_object_or_404(reading.suggestions(request.user), pk=suggestion_id)
        rejecting.reject(suggestion=suggestion, by=request.user, now=timezone.now(), **fields)
        return Response(serializers.SuggestionSerializer(reading.suggestions(request.user).get(pk=suggestion_id)).data)


@acting.acts(
    "rejections_take_back",
    request=None,
    responses={200: serializers.RejectionSerializer, **acting.DECIDED},
)
class RejectionTakeBack(acting.Act):
    """Lets the crews be offered for the order again."""

    about = reading.RejectionFile

    def act(self, request: Request, *, rejection_id: int) -> Response:
        rejection = get_object_or_404(reading.rejections(request.user), pk=rejection_id)
        rejecting.take_back(rejection=rejection, by=request.user, now=timezone.now())
        return Response(serializers.RejectionSerializer(reading.rejections(request.user).get(pk=rejection_id)).data)


@acting.acts(
    "assignments_revoke",
    request=serializers.ReasonGiven,
    responses={200: serializers.AssignmentSerializer, **acting.DECIDED},
)
class AssignmentRevoke(acting.Act):
    """Revokes a decision, with a reason; systems that were told are told again."""

    about = reading.AssignmentDetail

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        fields = acting.accepted(serializers.ReasonGiven, request)
        assignment = get_object_or_404(reading.assignments(request.user), pk=assignment_id)
        revoking.revoke(assignment=assignment, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment_id)).data)


@acting.acts("assignments_undo", request=None, responses={200: serializers.AssignmentSerializer, **acting.DECIDED})
class AssignmentUndo(acting.Act):
    """Undoes a decision without a reason, until its `undo_until`; systems that were told are told again."""

    about = reading.AssignmentDetail

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        assignment = get_object_or_404(reading.assignments(request.user), pk=assignment_id)
        revoking.undo(assignment=assignment, by=request.user, now=timezone.now())
        return Response(serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment_id)).data)


@acting.acts(
    "storms_declare",
    request=serializers.ReasonGiven,
    responses={200: serializers.DistrictSerializer, **acting.DECIDED},
)
class StormDeclare(acting.Act):
    """Puts the district's storm rules in force: rest limits, priorities and horizon."""

    about = reading.DistrictFile

    def act(self, request: Request, *, code: str) -> Response:
        fields = acting.accepted(serializers.ReasonGiven, request)
        district = get_object_or_404(reading.districts(request.user), code=code)
        storming.declare(district=district, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.DistrictSerializer(reading.districts(request.user).get(code=code)).data)


@acting.acts(
    "storms_end",
    request=serializers.ReasonGiven,
    responses={200: serializers.DistrictSerializer, **acting.DECIDED},
)
class StormEnd(acting.Act):
    """Puts the normal rules in force again."""

    about = reading.DistrictFile

    def act(self, request: Request, *, code: str) -> Response:
        fields = acting.accepted(serializers.ReasonGiven, request)
        district = get_object_or_404(reading.districts(request.user), code=code)
        storming.end(district=district, reason=fields["reason"], by=request.user, now=timezone.now())
        return Response(serializers.DistrictSerializer(reading.districts(request.user).get(code=code)).data)
