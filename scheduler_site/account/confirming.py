"""The page that asks for the password again, and then goes on with what it came between."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from assignments.services.accounts import sessions, signs
from scheduler_site.account import slowed

FIELD = "confirm_password"


class ConfirmForm(forms.Form):
    confirm_password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_confirm_password(self) -> str:
        typed: str = self.cleaned_data[FIELD]
        if not self.user.check_password(typed):
            signs.refused(user=self.user, step="password again")
            raise forms.ValidationError("That is not your password. Check capitals and type it again.")
        return typed


class SentOn(HttpResponseRedirect):
    """The browser sends the same form to where it was meant for."""

    status_code = HTTPStatus.TEMPORARY_REDIRECT


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Confirm(slowed.Slowed):
    """Takes the password; `next` in the address is the page, and with `again` the form, that waits for it."""

    form_class = ConfirmForm
    template_name = "account/confirm.html"

    @property
    def account_name(self) -> str:
        return self.request.user.get_username() if self.request.POST.get(FIELD) else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        return super().get_context_data(**options) | _context(self.request, self.request.get_full_path())

    def form_valid(self, form: Any) -> HttpResponse:
        self.was_right()
        sessions.confirm(self.request.session, now=timezone.now())
        wanted = self.request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            return HttpResponseRedirect(reverse("assignments:home"))
        is_ours = constant_time_compare(self.request.GET.get("again", ""), _seal(self.request, wanted))
        return SentOn(wanted) if is_ours else HttpResponseRedirect(wanted)


def ask(request: HttpRequest) -> HttpResponse:
    """The page in place of what was asked for, which it keeps."""
    asked = {"next": request.get_full_path()}
    if request.method != "POST":
        return HttpResponseRedirect(f"{reverse('account-confirm')}?{urlencode(asked)}")
    action = f"{reverse('account-confirm')}?{urlencode(asked | {'again': _seal(request, asked['next'])})}"
    context = {"form": ConfirmForm(user=request.user)} | _context(request, action)
    return render(request, "account/confirm.html", context, status=HTTPStatus.FORBIDDEN)


def _seal(request: HttpRequest, path: str) -> str:
    """Shows that this session's own form was asked about: a link from elsewhere could name any address to send to."""
    return signing.Signer(salt=f"account.confirm.{request.session.session_key}").signature(path)


def _context(request: HttpRequest, action: str) -> dict[str, Any]:
    left_out = {FIELD, "csrfmiddlewaretoken"}
    kept = [(name, value) for name, values in request.POST.lists() if name not in left_out for value in values]
    return {"action": action, "kept": kept, "section": "account"}
