"""The routes by which people settle what downstream systems have not taken: retry, correct, write off."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, reading, serializers
from assignments.services.writebacks import correcting, delivering, retrying, writing_off


class UntakenChosen(rest.Serializer[Any]):
    district = rest.CharField(max_length=40)
    target = rest.CharField(max_length=40, required=False, help_text="Code of one system; all without it.")


class UntakenRetried(rest.Serializer[Any]):
    retried = rest.ListField(child=rest.IntegerField(), help_text="Ids of the write-backs that are sent again.")
    left = rest.ListField(child=rest.IntegerField(), help_text="Left alone: their system is disabled.")


class ToldPeriod(rest.Serializer[Any]):
    start = rest.DateTimeField()
    end = rest.DateTimeField()


class Correction(rest.Serializer[Any]):
    """Everything that is left out stays as it was sent."""

    order = rest.CharField(max_length=40, required=False, help_text="The system's own reference.")
    crew = rest.CharField(max_length=40, required=False, help_text="The system's own reference.")
    further_crews = rest.ListField(child=rest.CharField(max_length=40), max_length=5, required=False)
    period = ToldPeriod(required=False, help_text="Not longer than decided, but for a quarter of an hour at each end.")
    note = rest.CharField(max_length=500, required=False, allow_blank=True, help_text="The `reason` of the booking.")
    reason = rest.CharField(max_length=200, help_text="Why it is corrected; for the audit.")


@acting.acts("write_backs_retry", request=None, responses={200: serializers.WriteBackSerializer, **acting.DECIDED})
class WriteBackRetry(acting.Act):
    """Sends a failed or dead write-back at once, with the same idempotency key."""

    about = reading.WriteBackFile

    def act(self, request: Request, *, write_back_id: int) -> Response:
        write_back = get_object_or_404(reading.write_backs(request.user), pk=write_back_id)
        delivering.retry(write_back=write_back, by=request.user, now=timezone.now())
        return _told(request, write_back_id)


@acting.acts(
    "write_backs_retry_all",
    request=UntakenChosen,
    responses={200: UntakenRetried, **acting.DECIDED},
)
class WriteBacksRetry(acting.Act):
    """Sends all of a district that need a person at once, or those to one system: the oldest 200 of them."""

    def act(self, request: Request) -> Response:
        fields = acting.accepted(UntakenChosen, request)
        district = get_object_or_404(reading.districts(request.user), code=fields["district"])
        code = fields.get("target")
        target = get_object_or_404(models.DownstreamSystem, code=code) if code else None
        outcome = retrying.retry_dead(district=district, target=target, by=request.user, now=timezone.now())
        return Response({"retried": [row.pk for row in outcome.done], "left": [row.pk for row in outcome.left]})


@acting.acts(
    "write_backs_correct",
    request=Correction,
    responses={200: serializers.WriteBackSerializer, **acting.DECIDED},
)
class WriteBackCorrect(acting.Act):
    """Corrects how a system is told of a decision that it has not taken, and sends it under a new idempotency key."""

    about = reading.WriteBackFile

    def act(self, request: Request, *, write_back_id: int) -> Response:
        changes = acting.accepted(Correction, request)
        reason = changes.pop("reason")
        if "note" in changes:
            changes["reason"] = changes.pop("note")
        write_back = get_object_or_404(reading.write_backs(request.user), pk=write_back_id)
        correcting.correct(
            write_back=write_back, changes=changes, reason=reason, by=request.user, now=timezone.now()
        )  # fmt: skip
        return _told(request, write_back_id)


@acting.acts(
    "write_backs_write_off",
    request=serializers.ReasonGiven,
    responses={200: serializers.WriteBackSerializer, **acting.DECIDED},
)
class WriteBackWriteOff(acting.Act):
    """Settles what a system has not taken without telling it, with a reason."""

    about = reading.WriteBackFile

    def act(self, request: Request, *, write_back_id: int) -> Response:
        fields = acting.accepted(serializers.ReasonGiven, request)
        write_back = get_object_or_404(reading.write_backs(request.user), pk=write_back_id)
        writing_off.write_off(
            district=write_back.about.district, ids=[write_back_id], reason=fields["reason"], by=request.user,
            now=timezone.now(),
        )  # fmt: skip
        return _told(request, write_back_id)


def _told(request: Request, write_back_id: int) -> Response:
    return Response(serializers.WriteBackSerializer(reading.write_backs(request.user).get(pk=write_back_id)).data)
