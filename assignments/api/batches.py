"""Many approvals by one request, how far they have come, and taking them all back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers as rest
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, filters, reading, serializers, times
from assignments.queries import batch_rows, work_queue
from assignments.services.batches import batching
from notifications.services import database_clock


class BatchRequest(rest.Serializer[Any]):
    district = rest.CharField(help_text="Code of a district.")
    day = times.DayField(help_text="The local day that the suggestions were made for.")
    suggestions = rest.ListField(
        child=rest.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=batching.MOST,
        required=False, help_text="Ids. Without them all in the plan that have no warning, as on the board.",
    )  # fmt: skip


class TakeBackRequest(rest.Serializer[Any]):
    reason = rest.CharField(max_length=200, default="", allow_blank=True, help_text="Needed once `undo_until` is over.")


class BatchSerializer(rest.ModelSerializer[models.Batch]):
    district = rest.CharField(source="district.code")
    act = rest.ChoiceField(
        models.Batch.Act.choices, help_text="What was done to many: programs approve, people also reject, pin and move."
    )
    started_by = serializers.PersonField()
    undo_until = rest.DateTimeField(help_text="Until then `take-back` needs no reason.")
    is_finished = rest.SerializerMethodField(help_text="Nothing waits any more.")
    total = rest.IntegerField()
    waiting = rest.IntegerField(help_text="For their turn.")
    standing = rest.IntegerField(help_text="Done, and not taken back by anybody.")
    refused = rest.IntegerField()
    withdrawn = rest.IntegerField(help_text="Taken back before their turn.")
    leaving = rest.IntegerField(help_text="Waiting to be taken back.")
    gone = rest.IntegerField(help_text="Taken back.")
    kept = rest.IntegerField(help_text="Could not be taken back.")

    class Meta:
        model = models.Batch
        fields: tuple[str, ...] = (
            "id", "district", "day", "act", "started_by", "started_at", "undo_until", "undo_asked_at", "undo_reason",
            "is_finished", "total", "waiting", "standing", "refused", "withdrawn", "leaving", "gone", "kept",
        )  # fmt: skip

    def get_is_finished(self, batch: Any) -> bool:
        return not batch.waiting and not batch.leaving


class BatchItemSerializer(rest.ModelSerializer[models.BatchItem]):
    order = rest.CharField(source="order.number")

    class Meta:
        model = models.BatchItem
        fields = ("order", "suggestion", "status", "assignment", "code", "sentence", "next_step")


class BatchDetailSerializer(BatchSerializer):
    items = BatchItemSerializer(many=True, help_text="In their turn; a refused one says why and what next.")

    class Meta(BatchSerializer.Meta):
        fields = (*BatchSerializer.Meta.fields, "items")


def batches(user: Any) -> QuerySet[Any]:
    return batch_rows.with_counts(models.Batch.objects.readable_by(user)).order_by("-started_at", "-pk")


@acting.acts(
    "batches_create",
    request=BatchRequest,
    parameters=[acting.LOCATION],
    responses={202: BatchSerializer, **acting.DECIDED},
)
@reading.documented("batches_list", BatchSerializer(many=True))
class Batches(acting.Act, base.Listing):
    """Batches of decisions, the newest first; a POST begins one of approvals, which a worker carries out."""

    serializer_class = BatchSerializer
    filterset_class = filters.BatchFilter

    def get_queryset(self) -> QuerySet[Any]:
        return batches(self.request.user)

    def act(self, request: Request, **address: Any) -> Response:
        fields = acting.accepted(BatchRequest, request)
        mine = models.District.objects.readable_by(request.user).with_rules()
        district, now = get_object_or_404(mine, code=fields["district"]), database_clock.now()
        batch = batching.start(
            district=district, day=fields["day"], suggestions=_chosen(district, fields), by=request.user, now=now,
            attended=False,
        )  # fmt: skip
        return Response(
            BatchSerializer(batches(request.user).get(pk=batch.pk)).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("api:batch", args=[batch.pk])},
        )


@reading.documented("batches_retrieve", BatchDetailSerializer)
class BatchFile(base.File):
    """How far a batch has come, and what has become of each of its orders."""

    serializer_class = BatchDetailSerializer
    parameter = "batch_id"
    guard = models.Batch, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        items = models.BatchItem.objects.select_related("order").order_by("place")
        return batches(user).prefetch_related(Prefetch("items", items))


@acting.acts("batches_take_back", request=TakeBackRequest, responses={200: BatchSerializer, **acting.DECIDED})
class BatchTakeBack(acting.Act):
    """Takes back everything of the batch that stands; a worker carries it out, and what still waited is left alone."""

    about = BatchFile

    def act(self, request: Request, *, batch_id: UUID) -> Response:
        fields = acting.accepted(TakeBackRequest, request)
        batch = get_object_or_404(batches(request.user), pk=batch_id)
        now = database_clock.now()
        batching.take_back(batch=batch, reason=fields["reason"], by=request.user, now=now, attended=False)
        return Response(BatchSerializer(batches(request.user).get(pk=batch_id)).data)


def _chosen(district: models.District, fields: dict[str, Any]) -> list[models.Suggestion]:
    """Raises ValidationError where an id is not one of the district's suggestions."""
    if "suggestions" not in fields:
        day = fields["day"]
        orders = work_queue.queue(district, day, timezone.now())
        return list(work_queue.bulk_approvable(district, day, orders)[: batching.MOST])
    wanted = set(fields["suggestions"])
    of_district = models.Suggestion.objects.filter(order__district=district).select_related("order")
    found = list(of_district.filter(pk__in=wanted))
    if unknown := sorted(wanted - {one.pk for one in found}):
        raise rest.ValidationError({"suggestions": f"{unknown[0]} is no suggestion of {district.code}."})
    return found
