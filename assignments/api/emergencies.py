"""Emergency routes: the crews by their arrival, and accepting one of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers as rest
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, problems, reading, serializers
from assignments.engine.emergencies import arrivals, calls
from assignments.models import districts
from assignments.services import emergencies


class PlaceSerializer(rest.Serializer[Any]):
    crew = serializers.CrewSerializer()
    starts_at = rest.DateTimeField()
    ends_at = rest.DateTimeField()


class MoveSerializer(rest.Serializer[Any]):
    order = rest.CharField(help_text="Number of the order whose approved work gives way.")
    priority = serializers.PriorityField()
    was = PlaceSerializer()
    becomes = PlaceSerializer(allow_null=True, help_text="Null when it is given up: the order needs a crew again.")
    tentative = rest.BooleanField()
    late = rest.BooleanField(help_text="Done after it is due, which it would not have been.")


class ChoiceSerializer(rest.Serializer[Any]):
    shift = rest.IntegerField()
    crew = serializers.CrewSerializer()
    departs_at = rest.DateTimeField()
    starts_at = rest.DateTimeField()
    ends_at = rest.DateTimeField()
    travel_minutes = rest.IntegerField()
    added_travel_minutes = rest.IntegerField(help_text="Of all crews together; may be negative.")
    tentative = rest.BooleanField()
    moves = MoveSerializer(many=True)
    fingerprint = rest.CharField(help_text="Accepts exactly this.")


class CallOutSerializer(rest.Serializer[Any]):
    shift = rest.IntegerField()
    crew = serializers.CrewSerializer()
    departs_at = rest.DateTimeField()
    starts_at = rest.DateTimeField(help_text="For the route that overrides.")
    ends_at = rest.DateTimeField()
    travel_minutes = rest.IntegerField()
    tentative = rest.BooleanField()
    rules = rest.ListField(child=rest.CharField(), help_text="Codes of the rules that a manager would answer for.")


class ChoicesSerializer(rest.Serializer[Any]):
    order = rest.CharField()
    holds_until = rest.DateTimeField(help_text="Until when a choice can be accepted.")
    choices = ChoiceSerializer(many=True, help_text="Who is there first comes first.")
    call_outs = CallOutSerializer(
        many=True, help_text="Crews that could be there before every choice if a manager overrode a rule."
    )


class Acceptance(rest.Serializer[Any]):
    shift = rest.IntegerField()
    fingerprint = rest.CharField(max_length=100)


class AcceptedSerializer(rest.Serializer[Any]):
    assignment = serializers.AssignmentSerializer()
    moved = serializers.AssignmentSerializer(many=True)
    given_up = rest.ListField(child=rest.CharField(), help_text="Numbers of the orders that need a crew again.")


CHANGED = inline_serializer(
    "ChangedChoice", {**base.PROBLEM.fields, "choice": ChoiceSerializer(allow_null=True, required=False)}
)


def emergency_order(request: Request, number: str) -> models.WorkOrder:
    mine = models.WorkOrder.objects.readable_by(request.user).select_related(*districts.with_rules("district"))
    order: models.WorkOrder = get_object_or_404(mine, number=number)
    return order


@base.with_etag
class Choices(base.ApiView):
    @extend_schema(operation_id="orders_emergency", responses={200: ChoicesSerializer, **acting.DECIDED})
    def get(self, request: Request, number: str) -> Response:
        """Each crew by when it could be there, with the approved work that would give way."""
        found = emergencies.choices(order=emergency_order(request, number), now=timezone.now())
        called = emergencies.call_outs(found)
        return Response(
            {
                "order": found.order.number,
                "holds_until": found.seen_at + emergencies.DECIDING,
                "choices": ChoiceSerializer([_choice(found, offer) for offer in found.offers], many=True).data,
                "call_outs": CallOutSerializer([_call_out(found, one) for one in called], many=True).data,
            }
        )


@acting.acts(
    "orders_emergency_accept",
    request=Acceptance,
    parameters=[acting.LOCATION],
    responses={
        201: AcceptedSerializer,
        **base.REFUSALS,
        409: OpenApiResponse(
            CHANGED,
            description="As everywhere; with the code `choice-changed`, `choice` is what it could do now.",
        ),
    },
)
class Accept(acting.Act):
    """Sends the crew and moves what gives way, exactly as the choice said, or refuses."""

    about = reading.Order
    locks_first = False

    def act(self, request: Request, *, number: str) -> Response:
        fields = acting.accepted(Acceptance, request)
        order = emergency_order(request, number)
        shift_id, fingerprint = fields["shift"], fields["fingerprint"]
        try:
            done = emergencies.accept(
                order=order, shift_id=shift_id, fingerprint=fingerprint, by=request.user, now=timezone.now()
            )
        except emergencies.ChoiceChanged as changed:
            return _refused(changed)
        ids = [done.assignment.pk, *(row.pk for row in done.moved)]
        rows = {row.pk: row for row in reading.assignments(request.user).filter(pk__in=ids)}
        own, *moved = (serializers.AssignmentSerializer(rows[pk]).data for pk in ids)
        return Response(
            {"assignment": own, "moved": moved, "given_up": [row.order.number for row in done.given_up]},
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api:assignment", args=[done.assignment.pk])},
        )


def _refused(changed: emergencies.ChoiceChanged) -> Response:
    choice = ChoiceSerializer(_choice(changed.offers, changed.offer)).data if changed.offer else None
    return problems.respond(
        status=HTTPStatus.CONFLICT,
        code=changed.code,
        detail=changed.sentence,
        next_step=changed.next_step,
        choice=choice,
    )


def _arrival(found: emergencies.Offers, way: arrivals.EmergencyChoice | calls.CallOut) -> dict[str, Any]:
    at = found.snapshot.at
    return {
        "shift": way.shift_id,
        "crew": found.snapshot.shifts[way.shift_id].crew,
        "departs_at": at(way.depart),
        "starts_at": at(way.start),
        "ends_at": at(way.end),
        "travel_minutes": way.travel // 60,
        "tentative": way.tentative,
    }


def _choice(found: emergencies.Offers, offer: emergencies.Offer) -> dict[str, Any]:
    choice = offer.choice
    return {
        **_arrival(found, choice),
        "added_travel_minutes": choice.added_drive // 60,
        "moves": [_move(found, move) for move in choice.moves],
        "fingerprint": offer.fingerprint,
    }


def _call_out(found: emergencies.Offers, call: calls.CallOut) -> dict[str, Any]:
    return {**_arrival(found, call), "rules": [violation.rule for violation in call.violations]}


def _move(found: emergencies.Offers, move: arrivals.Move) -> dict[str, Any]:
    def place(shift_id: int, start: int, end: int) -> dict[str, Any]:
        at = found.snapshot.at
        return {"crew": found.snapshot.shifts[shift_id].crew, "starts_at": at(start), "ends_at": at(end)}

    return {
        "order": move.number,
        "priority": move.priority,
        "was": place(move.from_shift, move.start, move.end),
        "becomes": None if move.to_shift is None else place(move.to_shift, move.to_start, move.to_end),
        "tentative": move.tentative,
        "late": move.late,
    }
