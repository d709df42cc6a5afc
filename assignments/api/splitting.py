"""The routes that cut an order into parts and put them together again."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import base, deciding, reading, serializers
from assignments.services.inputs import splitting


class Cut(rest.Serializer[Any]):
    longest_minutes = rest.IntegerField(
        min_value=60, max_value=24 * 60, help_text="Of the longest part, its set-up included."
    )


class SplitSerializer(rest.Serializer[Any]):
    order = serializers.OrderSerializer()
    parts = serializers.OrderSerializer(many=True, help_text="Each is given to a crew by itself, one after the other.")


class OrderSplit(base.ApiView):
    @extend_schema(operation_id="orders_split", request=Cut, responses={200: SplitSerializer, **deciding.DECIDED})
    def post(self, request: Request, number: str) -> Response:
        """Cuts an order into parts; work that is longer than a shift is cut by itself when it comes in."""
        fields = deciding.accepted(Cut, request)
        order = get_object_or_404(reading.orders(request.user), number=number)
        splitting.split(order=order, by=request.user, now=timezone.now(), **fields)
        rows = reading.orders(request.user)
        parts = rows.filter(part_of=order, part__lte=order.parts_in_all).order_by("part")
        return Response(SplitSerializer({"order": rows.get(pk=order.pk), "parts": parts}).data)


class OrderPutTogether(base.ApiView):
    @extend_schema(
        operation_id="orders_put_together",
        request=None,
        responses={200: serializers.OrderSerializer, **deciding.DECIDED},
    )
    def post(self, request: Request, number: str) -> Response:
        """Makes an order whole again of which no part has a crew; it stays so while its duration does."""
        order: models.WorkOrder = get_object_or_404(reading.orders(request.user), number=number)
        splitting.put_together(order=order, by=request.user, now=timezone.now())
        return Response(serializers.OrderSerializer(reading.orders(request.user).get(pk=order.pk)).data)
