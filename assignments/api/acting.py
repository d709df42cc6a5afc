"""Every POST of the API: once for each idempotency key, and only on the state that the caller has seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, status
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import access, base, problems, reading, serializers
from assignments.api.headers import IDEMPOTENCY_KEY
from assignments.services import keyed_answers

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=True, description="The new resource.")
DECIDED = {**base.REFUSALS, **base.REFUSED_BY_RULE}
REPLAYED = "Idempotency-Replayed"
CODE_OF_412 = "precondition-failed"


class Act(base.ApiView):
    """One POST, which `act` carries out by one call of a service."""

    about: ClassVar[type[base.File] | None] = None
    """The row that changes, as its own address shows it: `If-Match` is compared with that."""

    locks_first = True
    """False where the service locks several orders, in an order of its own, and compares what was seen by itself."""

    answer_once = staticmethod(keyed_answers.answer_once)
    act: Callable[..., Response]
    """Takes the request and what its address names. Raises the refusals of the service."""

    def kept(self, body: Any) -> Any:
        """The body as it may lie in the database for a day; without secrets."""
        return body

    def said_again(self, kept: Any) -> Any:
        """The body of the first answer, from what was kept of it."""
        return kept

    def post(self, request: Request, **address: Any) -> Response:
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None:
            return self._act_if_matching(request, address)
        if not 0 < len(key) <= keyed_answers.LONGEST or not key.isprintable():
            raise exceptions.ValidationError({IDEMPOTENCY_KEY: f"A key has 1 to {keyed_answers.LONGEST} characters."})
        try:
            answer = self.answer_once(
                caller=access.caller(request),
                key=key,
                digest=_digest(request),
                now=timezone.now(),
                act=lambda: self._answer(request, address),
            )
        except keyed_answers.ReusedKey as reused:
            return problems.respond(
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                code=reused.code,
                detail=reused.sentence,
                next_step=reused.next_step,
            )
        return self._sent(answer)

    def _answer(self, request: Request, address: dict[str, Any]) -> keyed_answers.Answer:
        """Also a refusal is an answer; an error of our own is none and is raised."""
        try:
            response = self._act_if_matching(request, address)
        except Exception as error:  # noqa: BLE001 - it is raised again unless it is a refusal
            response = self.handle_exception(error)
        plain = json.loads(base.rendered(response.data))
        kept = plain if response.status_code >= HTTPStatus.BAD_REQUEST else self.kept(plain)
        return keyed_answers.Answer(response.status_code, plain, dict(response.headers), kept=kept)

    def _sent(self, answer: keyed_answers.Answer) -> Response:
        is_problem = answer.status >= HTTPStatus.BAD_REQUEST
        headers = answer.headers | ({REPLAYED: "true"} if answer.replayed else {})
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        kind = problems.CONTENT_TYPE if is_problem else None
        body = self.said_again(answer.body) if answer.replayed and not is_problem else answer.body
        return Response(body, status=answer.status, headers=headers, content_type=kind)

    def _act_if_matching(self, request: Request, address: dict[str, Any]) -> Response:
        expected = request.headers.get("If-Match")
        if expected is None or self.about is None:
            return self.act(request, **address)
        with transaction.atomic():
            # Nobody changes the row between the look and the act.
            if self.locks_first:
                self.about.lock(request, address)
            present = self.about.present(request, address)
            tag = self.about.etag(present)
            if not _matches(expected, tag):
                return problems.respond(
                    status=HTTPStatus.PRECONDITION_FAILED,
                    code=CODE_OF_412,
                    detail="It has changed since you read it.",
                    next_step="Look at `present`, and send the request again with its ETag if it still holds.",
                    headers={"ETag": tag},
                    present=present,
                )
            return self.act(request, **address)


def acts(operation_id: str, **described: Any) -> Callable[[type[Act]], type[Act]]:
    """Describes the POST of a view in the schema."""
    decorate: Callable[[type[Act]], type[Act]] = extend_schema_view(
        post=extend_schema(operation_id=operation_id, **described)
    )
    return decorate


def accepted(form: type[rest.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's fields; raises ValidationError, also for fields that are not known."""
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    unknown = sorted(set(request.data) - set(body.fields))
    if unknown:
        raise rest.ValidationError(dict.fromkeys(unknown, "There is no such field."))
    fields: dict[str, Any] = body.validated_data
    return fields


def asked(form: type[rest.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The parameters of the address; raises ValidationError, also for those that are not known."""
    query = form(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    unknown = sorted(set(request.query_params) - set(query.fields))
    if unknown:
        raise rest.ValidationError(dict.fromkeys(unknown, f"Unknown. Known are: {', '.join(query.fields)}."))
    fields: dict[str, Any] = query.validated_data
    return fields


def made(request: Request, assignment: models.Assignment) -> Response:
    """The answer to a decision that made this assignment."""
    return Response(
        serializers.AssignmentSerializer(reading.assignments(request.user).get(pk=assignment.pk)).data,
        status=status.HTTP_201_CREATED,
        headers={"Location": reverse("api:assignment", args=[assignment.pk])},
    )


def _matches(expected: str, tag: str) -> bool:
    """Whether one of the tags is of what is decided on now; a proxy that compresses may have weakened it."""
    return any(one.strip() == "*" or _decided_on(one) == _decided_on(tag) for one in expected.split(","))


def _decided_on(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"').partition(".")[0]


def _digest(request: Request) -> str:
    """Of the request's meaning: blanks and the order of fields in the body do not count."""
    meant = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()
