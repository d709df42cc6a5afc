"""The routes that cut an order into parts and put them together again."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import acting, etr, reading, serializers
from assignments.services.inputs import splitting


class Cut(rest.Serializer[Any]):
    longest_minutes = rest.IntegerField(
        min_value=60, max_value=24 * 60, help_text="Of the longest part, its set-up included."
    )


class SplitSerializer(rest.Serializer[Any]):
    order = serializers.OrderSerializer()
    parts = serializers.OrderSerializer(many=True, help_text="Each is given to a crew by itself, one after the other.")


@acting.acts("orders_split", request=Cut, responses={200: SplitSerializer, **acting.DECIDED})
class OrderSplit(acting.Act):
    """Cuts an order into parts; work that is longer than a shift is cut by itself when it comes in."""

    about = reading.Order

    def act(self, request: Request, *, number: str) -> Response:
        fields = acting.accepted(Cut, request)
        rows = reading.orders(request.user)
        order = splitting.split(
            order=get_object_or_404(rows, number=number), by=request.user, now=timezone.now(), **fields
        )
        parts = rows.filter(part_of=order, part__lte=order.parts_in_all).order_by("part")
        whole, *cut = etr.attached([rows.get(pk=order.pk), *parts])
        return Response(SplitSerializer({"order": whole, "parts": cut}).data)


@acting.acts("orders_put_together", request=None, responses={200: serializers.OrderSerializer, **acting.DECIDED})
class OrderPutTogether(acting.Act):
    """Makes an order whole again of which no part has a crew; it stays so while its duration does."""

    about = reading.Order

    def act(self, request: Request, *, number: str) -> Response:
        rows = reading.orders(request.user)
        splitting.put_together(order=get_object_or_404(rows, number=number), by=request.user, now=timezone.now())
        [order] = etr.attached([rows.get(number=number)])
        return Response(serializers.OrderSerializer(order).data)
