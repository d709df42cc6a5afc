"""The routes that set an order's restoration time, and take that back."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import acting, etr, reading, serializers, times
from assignments.services.decisions import restoring


class RestorationGiven(rest.Serializer[Any]):
    back_at = times.MomentField(help_text="When the customers are back; never before a crew can legally be done.")
    reason = rest.CharField(max_length=200)


def _order(request: Request, number: str) -> Any:
    return get_object_or_404(reading.orders(request.user), number=number)


def _answer(request: Request, number: str) -> Response:
    [order] = etr.attached([_order(request, number)])
    return Response(serializers.OrderSerializer(order).data)


@acting.acts(
    "orders_restoration_set",
    request=RestorationGiven,
    responses={200: serializers.OrderSerializer, **acting.DECIDED},
)
class RestorationSet(acting.Act):
    """Sets when the order's customers are back, in place of the estimate; the outage system is told."""

    about = reading.Order

    def act(self, request: Request, *, number: str) -> Response:
        fields = acting.accepted(RestorationGiven, request)
        restoring.set_time(order=_order(request, number), by=request.user, now=timezone.now(), **fields)
        return _answer(request, number)


@acting.acts(
    "orders_restoration_take_back", request=None, responses={200: serializers.OrderSerializer, **acting.DECIDED}
)
class RestorationTakeBack(acting.Act):
    """Takes the set time back; the estimate counts again."""

    about = reading.Order

    def act(self, request: Request, *, number: str) -> Response:
        restoring.take_back(order=_order(request, number), by=request.user, now=timezone.now())
        return _answer(request, number)
