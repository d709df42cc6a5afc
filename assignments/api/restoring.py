"""The routes that set an order's restoration time, and take that back."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import base, deciding, etr, reading, serializers
from assignments.services.decisions import restoring


class RestorationGiven(rest.Serializer[Any]):
    back_at = rest.DateTimeField(help_text="When the customers are back; never before a crew can legally be done.")
    reason = rest.CharField(max_length=200)


def _order(request: Request, number: str) -> Any:
    return get_object_or_404(reading.orders(request.user), number=number)


def _answer(request: Request, number: str) -> Response:
    [order] = etr.attached([_order(request, number)])
    return Response(serializers.OrderSerializer(order).data)


class RestorationSet(base.ApiView):
    @extend_schema(
        operation_id="orders_restoration_set",
        request=RestorationGiven,
        responses={200: serializers.OrderSerializer, **deciding.DECIDED},
    )
    def post(self, request: Request, number: str) -> Response:
        """Sets when the order's customers are back, in place of the estimate; the outage system is told."""
        fields = deciding.accepted(RestorationGiven, request)
        restoring.set_time(order=_order(request, number), by=request.user, now=timezone.now(), **fields)
        return _answer(request, number)


class RestorationTakeBack(base.ApiView):
    @extend_schema(
        operation_id="orders_restoration_take_back",
        request=None,
        responses={200: serializers.OrderSerializer, **deciding.DECIDED},
    )
    def post(self, request: Request, number: str) -> Response:
        """Takes the set time back; the estimate counts again."""
        restoring.take_back(order=_order(request, number), by=request.user, now=timezone.now())
        return _answer(request, number)
