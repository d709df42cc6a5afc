"""Moving a decision to another crew or time, and pinning it to where it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, reading, serializers, times
from assignments.models import districts
from assignments.services.decisions import moving, pinning

_VERSION_HELP = "The order's `version` when you chose; 409 `changed-meanwhile` when it is another by now."


class ReassignRequest(rest.Serializer[Any]):
    crew = rest.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of a crew of the district.")
    version = rest.IntegerField(min_value=0, max_value=2**31 - 1, help_text=_VERSION_HELP)
    tentative = rest.BooleanField(default=False, help_text="Although a permit is still pending.")


class MoveRequest(ReassignRequest):
    starts_at = times.MomentField()


class PlaceAsked(rest.Serializer[Any]):
    crew = rest.IntegerField(min_value=1, max_value=2**63 - 1)
    starts_at = times.MomentField()


class OutlookSerializer(rest.Serializer[Any]):
    crew = serializers.CrewSerializer()
    departs_at = rest.DateTimeField(allow_null=True, help_text="Null where the crew has no shift that day.")
    starts_at = rest.DateTimeField()
    ends_at = rest.DateTimeField()
    is_legal = rest.BooleanField()
    tentative = rest.BooleanField(help_text="Whether only a pending permit is in the way.")
    broken = rest.ListField(child=rest.CharField(), help_text="Each broken rule in words, the worst first.")
    fix = rest.CharField(help_text="The cheapest change, or two, that would make it legal; empty when two are too few.")


def _assignment(request: Request, assignment_id: UUID) -> models.Assignment:
    readable = models.Assignment.objects.readable_by(request.user).leads()
    related = readable.select_related(*districts.with_rules("order__district"), "crew", "revoked_by")
    found: models.Assignment = get_object_or_404(related, pk=assignment_id)
    return found


def _crew(assignment: models.Assignment, crew_id: int) -> models.Crew:
    crew = models.Crew.objects.filter(district=assignment.order.district_id, active=True, pk=crew_id).first()
    if crew is None:
        raise Http404
    return crew


def _moved(request: Request, assignment_id: UUID, fields: dict[str, Any]) -> Response:
    assignment = _assignment(request, assignment_id)
    new = moving.move(
        assignment=assignment,
        crew=_crew(assignment, fields["crew"]),
        starts_at=fields.get("starts_at", assignment.starts_at),
        version=fields["version"],
        tentative=fields["tentative"],
        by=request.user,
        now=timezone.now(),
    )
    return acting.made(request, new)


@acting.acts(
    "assignments_move",
    request=MoveRequest,
    parameters=[acting.LOCATION],
    responses={201: serializers.AssignmentSerializer, **acting.DECIDED},
)
class AssignmentMove(acting.Act):
    """Moves a decision to a crew and time, if no rule is broken: a new assignment in place of the old one, which
    becomes `REASSIGNED`. The GET says what the rules would say."""

    about = reading.AssignmentDetail

    @extend_schema(
        operation_id="assignments_move_outlook",
        parameters=[
            OpenApiParameter("crew", int, required=True, description="Id of a crew of the district."),
            OpenApiParameter("starts_at", OpenApiTypes.DATETIME, required=True, description="ISO 8601."),
        ],
        responses={200: OutlookSerializer, **acting.DECIDED},
    )
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Reports which rules moving the decision there would break; nothing is written."""
        fields = acting.asked(PlaceAsked, request)
        assignment = _assignment(request, assignment_id)
        outlook = moving.check(
            assignment=assignment,
            crew=_crew(assignment, fields["crew"]),
            starts_at=fields["starts_at"],
            now=timezone.now(),
        )
        return Response(OutlookSerializer(outlook).data)

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        return _moved(request, assignment_id, acting.accepted(MoveRequest, request))


@acting.acts(
    "assignments_reassign",
    request=ReassignRequest,
    parameters=[acting.LOCATION],
    responses={201: serializers.AssignmentSerializer, **acting.DECIDED},
)
class AssignmentReassign(acting.Act):
    """Gives the work to another crew at the same time: `move` without a start."""

    about = reading.AssignmentDetail

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        return _moved(request, assignment_id, acting.accepted(ReassignRequest, request))


@acting.acts("assignments_pin", request=None, responses={200: serializers.AssignmentSerializer, **acting.DECIDED})
class AssignmentPin(acting.Act):
    """Keeps a decision where it is, whatever an emergency or a colleague would rather do; twice is one effect."""

    about = reading.AssignmentDetail

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        pinning.pin(assignment=_assignment(request, assignment_id), by=request.user, now=timezone.now())
        return Response(reading.AssignmentDetail.present(request, {"assignment_id": assignment_id}))


@acting.acts("assignments_unpin", request=None, responses={200: serializers.AssignmentSerializer, **acting.DECIDED})
class AssignmentUnpin(acting.Act):
    """Lets a pinned decision be moved again."""

    about = reading.AssignmentDetail

    def act(self, request: Request, *, assignment_id: UUID) -> Response:
        pinning.unpin(assignment=_assignment(request, assignment_id), by=request.user, now=timezone.now())
        return Response(reading.AssignmentDetail.present(request, {"assignment_id": assignment_id}))
