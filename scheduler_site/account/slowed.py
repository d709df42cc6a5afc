"""Pages that look at a password: so many attempts, and no more at once than a processor has time for."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import FormView

from assignments.services import sign_ins
from notifications.streams.fanout import peers
from scheduler_site import hashing

if TYPE_CHECKING:
    Page = FormView[Any]
else:
    # Generic for the type checker only.
    Page = FormView

BUSY_SECONDS = 5


class Slowed(Page):
    """A page with a password to look at: only when account and address have attempts left, and a processor has time."""

    # Django takes PUT for POST.
    http_method_names = ["get", "head", "options", "post"]

    @property
    def account_name(self) -> str:
        """The account whose password is tried; empty when nothing is."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if self.account_name:
                sign_ins.begin(**self._attempt, now=timezone.now())
            with hashing.place():
                return super().post(request, *args, **kwargs)
        except sign_ins.TooManyAttempts as refused:
            return self._later(HTTPStatus.TOO_MANY_REQUESTS, refused.seconds)
        except hashing.Busy:
            return self._later(HTTPStatus.SERVICE_UNAVAILABLE, BUSY_SECONDS)

    def was_right(self) -> None:
        """Takes the attempt back."""
        sign_ins.succeeded(**self._attempt, now=timezone.now())

    @property
    def _attempt(self) -> dict[str, str]:
        return {"account": self.account_name, "address": peers.address_of(self.request)}

    def _later(self, status: HTTPStatus, seconds: int) -> HttpResponse:
        # Without what was typed: nothing of it was looked at.
        unbound = {name: value for name, value in self.get_form_kwargs().items() if name not in ("data", "files")}
        form = self.get_form_class()(**unbound)
        minutes = math.ceil(seconds / 60) if status is HTTPStatus.TOO_MANY_REQUESTS else 0
        context = self.get_context_data(form=form, is_later=True, wait_minutes=minutes)
        answer = self.render_to_response(context, status=status)
        answer.headers["Retry-After"] = str(seconds)
        return answer
