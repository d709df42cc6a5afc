"""The inbox of the token's user."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments.api import access, acting, base, filters, reading, serializers
from assignments.models import ApiToken
from notifications.models import Notification
from notifications.services import inbox


class NotificationSerializer(rest.ModelSerializer[Notification]):
    actor = serializers.PersonField(allow_null=True)

    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "body", "url", "actor", "created_at", "time_zone", "place", "read_at")


class ReadCountSerializer(rest.Serializer[Any]):
    read = rest.IntegerField(help_text="Entries newly marked as read.")


def entries(user: Any) -> QuerySet[Notification]:
    """Newest first; none through a token for some districts only: an entry may be about any."""
    is_theirs = user.is_authenticated and access.has_inbox(user)
    mine = Notification.objects.of(user) if is_theirs else Notification.objects.none()
    return mine.select_related("actor").order_by("-created_at", "-pk")


@reading.documented("notifications_list", NotificationSerializer(many=True))
class Notifications(base.Listing):
    """Your inbox, the newest entry first."""

    serializer_class = NotificationSerializer
    filterset_class = filters.NotificationFilter

    def get_queryset(self) -> QuerySet[Any]:
        return entries(self.request.user)


@reading.documented("notifications_retrieve", NotificationSerializer)
class NotificationFile(base.File):
    """One entry of your inbox."""

    serializer_class = NotificationSerializer
    parameter = "notification_id"
    guard = Notification, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return entries(user)


@acting.acts("notifications_read", request=None, responses={200: NotificationSerializer, **base.REFUSALS})
class NotificationRead(acting.Act):
    """Marks an entry as read; twice is one effect."""

    scope = ApiToken.Scope.READ
    about = NotificationFile

    def act(self, request: Request, *, notification_id: int) -> Response:
        entry = get_object_or_404(entries(request.user), pk=notification_id)
        inbox.mark_read(by=request.user, notification=entry, now=timezone.now())  # type: ignore[arg-type]  # signed in
        return Response(NotificationFile.present(request, {"notification_id": notification_id}))


@acting.acts("notifications_read_all", request=None, responses={200: ReadCountSerializer, **base.REFUSALS})
class NotificationsRead(acting.Act):
    """Marks every entry of your inbox as read."""

    scope = ApiToken.Scope.READ

    def act(self, request: Request, **address: Any) -> Response:
        if not access.has_inbox(request.user):
            return Response({"read": 0})
        read = inbox.mark_all_read(by=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in
        return Response({"read": read})
