"""The routes by which systems send their records by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import exceptions
from rest_framework import serializers as rest
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, parsing, problems, record_bodies
from assignments.downstream import messages
from assignments.services import keyed_answers
from assignments.services.following import pushing
from assignments.tasks import process

MOST = 1000
"""Records of one request."""
EXAMPLE = {
    "version": 41, "number": "WO-1042", "district": "NORTH", "kind": "TROUBLE",
    "priority": "EMERGENCY", "title": "Line down across Mill Road", "latitude": 41.91, "longitude": -88.31,
    "customers_out": 1693, "duration_minutes": 120,
}  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The version that you have seen, in quotes, or `*` for any; the record may come without one then.",
)  # fmt: skip
_PAUSE_SECONDS = 0.01


class PushedRecordSerializer(rest.Serializer[Any]):
    reference = rest.CharField(help_text="Its position, such as `number 3`, where it has none that can be read.")
    outcome = rest.ChoiceField(
        choices=[(one.value, one.value) for one in pushing.PushOutcome],
        help_text="`unchanged`: this version is stored already; `older`: a newer one is; `waiting`: it names something "
        "that has not come yet, and is taken when that has; `refused`: kept with its reason until a newer version is "
        "taken.",
    )
    version = rest.IntegerField(allow_null=True, help_text="The version that is stored now.")
    field = rest.CharField(allow_blank=True, help_text="The field at fault.")
    reason = rest.CharField(allow_blank=True)
    questions = rest.ListField(child=rest.CharField(), help_text="Remarks on a record that was taken all the same.")


class InboundReport(rest.Serializer[Any]):
    counts = rest.DictField(child=rest.IntegerField(), help_text="Records by their outcome.")
    results = PushedRecordSerializer(many=True, help_text="Each record, in the order in which it came.")


@extend_schema_field(OpenApiTypes.ANY)
class AnyRecord(rest.Field[Any, Any, Any, Any]):
    """Whatever it is: one that is no record hides no other."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class InboundGiven(rest.Serializer[Any]):
    records = rest.ListField(
        child=AnyRecord(allow_null=True), max_length=MOST,
        help_text="As their JSON Schema under /api/v1/schemas/ says; none at all only says that you are there.",
    )  # fmt: skip


class Inbound:
    """Shared by both: the system of the token, and the collection."""

    scope = models.ApiToken.Scope.PUSH

    @staticmethod
    def addressed(request: Request, code: str, resource: str) -> tuple[models.DownstreamSystem, messages.Resource]:
        """Raises PermissionDenied for people, Http404 for what is not the token's."""
        if not isinstance(request.auth, models.ApiToken):
            raise exceptions.PermissionDenied("Only a system pushes its records, with a token of its own.")
        system = request.auth.system
        if system is None or system.code != code or not system.enabled:
            raise Http404
        if resource not in messages.RESOURCES[messages.System(system.kind)]:
            raise Http404
        return system, messages.Resource(resource)


@extend_schema_view(
    put=extend_schema(
        operation_id="inbound_update",
        request={"application/json": {**record_bodies.any_record(), "example": EXAMPLE}},
        parameters=[IF_MATCH],
        responses={
            200: PushedRecordSerializer,
            201: OpenApiResponse(PushedRecordSerializer, description="It is stored, and was not there before."),
            202: OpenApiResponse(PushedRecordSerializer, description="It waits for what it names."),
            **base.REFUSALS,
            422: base.refused("The record is refused; `errors` names the field."),
        },
    )
)
class InboundRecord(Inbound, base.ApiView):
    """Takes one record of a system by the system's own reference.

    Twice is one effect, and an older version changes nothing.
    """

    parser_classes: Sequence[type[BaseParser]] = (parsing.RecordsParser,)

    def put(self, request: Request, *, system_code: str, resource: str, reference: str) -> Response:
        system, collection = self.addressed(request, system_code, resource)
        item = _item(request.data, reference)
        seen = _seen(request.headers.get("If-Match"))
        if seen is None and "version" not in item:
            raise exceptions.ValidationError({"version": "Needed, unless “If-Match” says which one you have seen."})
        if seen is not None and collection is messages.Resource.QUALIFICATIONS:
            raise exceptions.ValidationError({"If-Match": "Qualifications have no versions."})
        try:
            (found,) = pushing.push(
                system=system, resource=collection, items=[item], by=request.user, now=timezone.now(), seen=seen
            )
        except pushing.VersionMoved as changed:
            return _changed(changed)
        return _refused(found) if found.outcome is pushing.PushOutcome.REFUSED else _taken(found)


@acting.acts(
    "inbound_create",
    request=InboundGiven,
    responses={207: OpenApiResponse(InboundReport, description="An outcome for each."), **base.REFUSALS},
)
class InboundBatch(Inbound, acting.Act):
    """Takes up to 1,000 records of a system, each by itself: what is wrong with one hides no other."""

    parser_classes: Sequence[type[BaseParser]] = (parsing.RecordsParser,)
    # Records have versions: the same batch twice is one effect, and need not be one long transaction.
    answer_once = staticmethod(keyed_answers.answer_repeatable)

    def act(self, request: Request, *, system_code: str, resource: str) -> Response:
        system, collection = self.addressed(request, system_code, resource)
        items = acting.accepted(InboundGiven, request)["records"]
        found = pushing.push(
            system=system, resource=collection, items=items, by=request.user, now=timezone.now(),
            pause=lambda: process.let_others_write(_PAUSE_SECONDS),
        )  # fmt: skip
        return Response(_report(found), status=HTTPStatus.MULTI_STATUS)


def _item(data: Any, reference: str) -> dict[str, Any]:
    """The record with the reference of its address. Raises ValidationError."""
    if not isinstance(data, dict):
        raise exceptions.ValidationError("Send one JSON object.")
    if data.get("reference", reference) != reference:
        raise exceptions.ValidationError({"reference": "Another one than that of the address."})
    return {**data, "reference": reference}


def _seen(header: str | None) -> str | None:
    """The version that `If-Match` names, or `*`. Raises ValidationError."""
    if header is None:
        return None
    tag = header.strip().removeprefix("W/")
    if tag == "*":
        return tag
    version = tag.strip('"')
    if not (version.isascii() and version.isdecimal()):
        raise exceptions.ValidationError({"If-Match": 'One version in quotes, such as "41", or *.'})
    return version.lstrip("0") or "0"


def _changed(changed: pushing.VersionMoved) -> Response:
    present = changed.present
    said = (
        {"reference": present.reference, "version": present.version, "synced_at": present.synced_at}
        if present
        else None
    )
    return problems.respond(
        status=HTTPStatus.PRECONDITION_FAILED, code=changed.code, detail=changed.sentence,
        next_step=changed.next_step, headers={"ETag": f'"{present.version}"'} if present else None, present=said,
    )  # fmt: skip


def _refused(found: pushing.PushedRecord) -> Response:
    return problems.respond(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, code="record-refused", detail=f"{found.reference}: {found.reason}",
        next_step="Correct it and send it with a higher version; until then managers see it among what was not taken.",
        errors=[{"field": found.field, "detail": found.reason}],
    )  # fmt: skip


def _taken(found: pushing.PushedRecord) -> Response:
    status = HTTPStatus.CREATED if found.is_new else HTTPStatus.OK
    if found.outcome is pushing.PushOutcome.WAITING:
        status = HTTPStatus.ACCEPTED
    headers = {"ETag": f'"{found.version}"'} if found.version is not None else None
    return Response(PushedRecordSerializer(found).data, status=status, headers=headers)


def _report(found: Sequence[pushing.PushedRecord]) -> dict[str, Any]:
    counts = Counter(str(one.outcome) for one in found)
    return {
        "counts": {str(outcome): counts[str(outcome)] for outcome in pushing.PushOutcome},
        "results": PushedRecordSerializer(found, many=True).data,
    }
