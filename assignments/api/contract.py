"""The JSON Schemas of the messages that systems send to Lineup and get from it."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import base, reading
from assignments.downstream import schemas


class MessageNameSerializer(rest.Serializer[Any]):
    name = rest.CharField()
    url = rest.CharField(help_text="Where its schema is.")


@reading.documented("schemas_list", MessageNameSerializer(many=True))
@base.with_etag
class MessageSchemas(base.ApiView):
    """The messages of the downstream protocol that have a JSON Schema."""

    def get(self, request: Request) -> Response:
        named = [{"name": name, "url": reverse("api:message-schema", args=[name])} for name in schemas.documents()]
        return Response(named)


@reading.documented("schemas_retrieve", OpenApiTypes.OBJECT)
@base.with_etag
class MessageSchema(base.ApiView):
    """The JSON Schema of one message."""

    def get(self, request: Request, message: str) -> Response:
        if message not in schemas.documents():
            raise Http404
        return Response(schemas.documents()[message])
