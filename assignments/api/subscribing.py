"""Subscriptions to events: made, tried and ended by programs; the events themselves go out by a worker."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, status
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, parameters, reading
from assignments.services.subscriptions import subscribing

Kind = models.Subscription.Kind


class SubscriptionFilter(django_filters.FilterSet):
    id = parameters.ids()

    class Meta:
        model = models.Subscription
        fields = ("enabled", "is_away")


class SubscriptionSerializer(rest.ModelSerializer[models.Subscription]):
    host = rest.SerializerMethodField(help_text="Of its address; what follows the host is shown to nobody.")
    kinds = rest.ListField(child=rest.ChoiceField(Kind.choices))
    districts: Any = rest.SlugRelatedField("code", many=True, read_only=True)
    is_signed = rest.SerializerMethodField(help_text="Whether what it is sent is signed.")

    class Meta:
        model = models.Subscription
        fields: tuple[str, ...] = (
            "id", "name", "host", "kinds", "districts", "is_signed", "enabled", "created_at", "begins_at", "is_away",
            "away_since", "away_because",
        )  # fmt: skip

    def get_host(self, row: models.Subscription) -> str:
        return subscribing.host_of(row.address)

    def get_is_signed(self, row: models.Subscription) -> bool:
        return row.is_signed


class SubscriptionMadeSerializer(SubscriptionSerializer):
    secret = rest.SerializerMethodField(
        help_text="What its signatures are made with, after Standard Webhooks: shown here alone, so keep it."
    )

    class Meta(SubscriptionSerializer.Meta):
        fields = (*SubscriptionSerializer.Meta.fields, "secret")

    def get_secret(self, row: models.Subscription) -> str:
        return subscribing.secret(row)


class SubscriptionAskedSerializer(rest.Serializer[Any]):
    name = rest.CharField(max_length=100)
    address = rest.CharField(max_length=500, help_text="Events are posted to exactly this URL.")
    kinds = rest.ListField(child=rest.ChoiceField(Kind.choices), min_length=1, max_length=len(Kind))
    districts = rest.ListField(child=rest.CharField(max_length=40), min_length=1, max_length=200)


class TestEventSerializer(rest.Serializer[Any]):
    event = rest.UUIDField(source="event_id", help_text="The `id` of the event that is sent.")


class LeftOutSerializer(rest.Serializer[Any]):
    left_out = rest.IntegerField(help_text="Waiting events that are not sent any more.")


def subscriptions(user: Any) -> QuerySet[Any]:
    return models.Subscription.objects.readable_by(user).prefetch_related("districts")


class _Showing(acting.Act):
    """Answers with a secret, of which a kept answer has the salt alone: read from a copy, it signs nothing."""

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        salt = models.Subscription.objects.values_list("secret_salt", flat=True).get(pk=body["id"])
        return {**body, "secret": salt}

    def said_again(self, kept: dict[str, Any]) -> dict[str, Any]:
        return {**kept, "secret": subscribing.secret_of_salt(kept["secret"])}


@extend_schema_view(
    get=extend_schema(
        operation_id="subscriptions_list", responses={200: SubscriptionSerializer(many=True), **base.REFUSALS}
    )
)
@acting.acts(
    "subscriptions_create", request=SubscriptionAskedSerializer, parameters=[acting.LOCATION],
    responses={201: SubscriptionMadeSerializer, **acting.DECIDED},
)  # fmt: skip
class Subscriptions(_Showing, base.Listing):
    """Subscriptions that hear of your districts alone. A new one hears of what happens from then on, as far as you and
    the token may read at that moment; it ends with the token."""

    scope = models.ApiToken.Scope.SUBSCRIBE
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilter

    def get_queryset(self) -> QuerySet[Any]:
        return subscriptions(self.request.user)

    def act(self, request: Request, **address: Any) -> Response:
        asked = acting.accepted(SubscriptionAskedSerializer, request)
        codes = set(asked["districts"])
        districts = list(models.District.objects.readable_by(request.user).filter(code__in=codes))
        if unknown := sorted(codes - {one.code for one in districts}):
            raise exceptions.NotFound(f"You are not a member of a district “{unknown[0]}”.")
        made = subscribing.subscribe(
            name=asked["name"], address=asked["address"], kinds=set(asked["kinds"]), districts=districts,
            by=request.user, now=timezone.now(),
        )  # fmt: skip
        where = reverse("api:subscription", args=[made.pk])
        return Response(
            SubscriptionMadeSerializer(made).data, status=status.HTTP_201_CREATED, headers={"Location": where}
        )


@reading.documented("subscriptions_retrieve", SubscriptionSerializer)
class SubscriptionFile(base.File):
    """One subscription."""

    serializer_class = SubscriptionSerializer
    parameter = "subscription_id"
    guard = models.Subscription, "pk"

    @classmethod
    def decided_on(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if name not in {"is_away", "away_since", "away_because"}}

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return subscriptions(user)


class _ActOnOne(acting.Act):
    scope = models.ApiToken.Scope.SUBSCRIBE
    about = SubscriptionFile

    def row(self, request: Request, subscription_id: int) -> models.Subscription:
        row: models.Subscription = get_object_or_404(subscriptions(request.user), pk=subscription_id)
        return row


@acting.acts("subscriptions_end", request=None, responses={200: SubscriptionSerializer, **acting.DECIDED})
class SubscriptionEnd(_ActOnOne):
    """Ends it: nothing is sent any more, what waited is gone, and so is the subscription."""

    def act(self, request: Request, *, subscription_id: int) -> Response:
        row = self.row(request, subscription_id)
        shown = SubscriptionSerializer(row).data
        subscribing.end(subscription=row, by=request.user, now=timezone.now())
        return Response(shown)


@acting.acts("subscriptions_test", request=None, responses={202: TestEventSerializer, **acting.DECIDED})
class SubscriptionTest(_ActOnOne):
    """Sends an event that says nothing, `lineup.test`, at once."""

    def act(self, request: Request, *, subscription_id: int) -> Response:
        row = self.row(request, subscription_id)
        sent = subscribing.test(subscription=row, by=request.user, now=timezone.now())
        return Response(TestEventSerializer(sent).data, status=status.HTTP_202_ACCEPTED)


@acting.acts("subscriptions_change_secret", request=None, responses={200: SubscriptionMadeSerializer, **acting.DECIDED})
class SubscriptionChangeSecret(_Showing, _ActOnOne):
    """Gives it a new secret. For a day both the new one and the one before sign."""

    def act(self, request: Request, *, subscription_id: int) -> Response:
        row = self.row(request, subscription_id)
        row = subscribing.change_secret(subscription=row, by=request.user, now=timezone.now())
        return Response(SubscriptionMadeSerializer(row).data)


@acting.acts("subscriptions_start_from_now", request=None, responses={200: LeftOutSerializer, **acting.DECIDED})
class SubscriptionStartFromNow(_ActOnOne):
    """Leaves out what waits to be sent."""

    def act(self, request: Request, *, subscription_id: int) -> Response:
        row = self.row(request, subscription_id)
        left_out = subscribing.start_from_now(subscription=row, by=request.user, now=timezone.now())
        return Response({"left_out": left_out})
