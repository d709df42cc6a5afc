"""The person's second steps: an app that shows codes, passkeys, recovery codes."""

from __future__ import annotations

import io
import ipaddress
import json
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignments import models
from assignments.services.accounts import passkeys, second_steps
from notifications.views import SignedIn

SECRET, QUESTION = "app_secret", "passkey_question"
"""In the session, while a step is being added."""
HERE = {"section": "account", "tab": "second-step"}


class AppForm(forms.Form):
    code = forms.CharField(
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


class PasskeyForm(forms.Form):
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
    name = forms.CharField(max_length=60, required=False, widget=forms.TextInput(attrs={"placeholder": "Work laptop"}))


@require_GET
def show(request: SignedIn) -> HttpResponse:
    rows = models.SecondStep.objects.filter(user=request.user)
    kinds = models.SecondStep.Kind
    context = {
        **HERE, "steps": rows.exclude(kind=kinds.PAPER), "has_app": rows.filter(kind=kinds.APP).exists(),
        "codes": rows.filter(kind=kinds.PAPER).count(), "takes_passkeys": host_for_passkeys(request) is not None,
    }  # fmt: skip
    return render(request, "account/second_steps.html", context)


@require_http_methods(["GET", "POST"])
def add_app(request: SignedIn) -> HttpResponse:
    """The secret as a picture; it counts once the app has shown a code of it."""
    secret = request.session.get(SECRET) if request.method == "POST" else None
    if secret is None:
        secret = request.session[SECRET] = second_steps.new_secret()
    form = AppForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_steps.add_app(
                user=request.user, secret=secret, code=form.cleaned_data["code"], by=request.user, now=timezone.now()
            )
        except second_steps.WrongCode as refused:
            form.add_error("code", f"{refused.sentence} {refused.next_step}")
        else:
            del request.session[SECRET]
            return _added(request, "Lineup asks for a code of your app from the next login on.")
    address = second_steps.address_for_app(user=request.user, secret=secret)
    context = {**HERE, "form": form, "picture": _picture(address), "secret": secret}
    return render(request, "account/add_app.html", context)


@require_http_methods(["GET", "POST"])
def add_passkey(request: SignedIn) -> HttpResponse:
    host = host_for_passkeys(request)
    if host is None:
        return redirect("account-second-step")
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passkeys.add(
                user=request.user, host=host, state=request.session.pop(QUESTION, None), by=request.user,
                answer=form.cleaned_data["answer"], name=form.cleaned_data["name"], now=timezone.now(),
            )  # fmt: skip
        except passkeys.PasskeyRefused as refused:
            form.add_error(None, f"{refused.sentence} {refused.next_step}")
        else:
            return _added(request, "Lineup asks for a passkey or a code from the next login on.")
    options, request.session[QUESTION] = passkeys.begin_adding(user=request.user, host=host)
    return render(request, "account/add_passkey.html", {**HERE, "form": form, "options": json.dumps(options)})


@require_POST
def make_codes(request: SignedIn) -> HttpResponse:
    if not second_steps.has_any(request.user):
        return redirect("account-second-step")
    return _codes(request)


@require_POST
def remove(request: SignedIn, step_id: int) -> HttpResponse:
    row = get_object_or_404(models.SecondStep, pk=step_id, user=request.user)
    second_steps.remove(rows=[row], by=request.user, now=timezone.now())
    messages.success(request, f"{row.get_kind_display()} removed.")
    return redirect("account-second-step")


def host_for_passkeys(request: HttpRequest) -> str | None:
    """The host that passkeys are bound to; browsers have none for a mere address."""
    host, _ = split_domain_port(request.get_host())
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    return None


def _added(request: SignedIn, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    has_codes = models.SecondStep.objects.filter(user=request.user, kind=models.SecondStep.Kind.PAPER).exists()
    # A telephone is lost sooner or later: with the first step come the codes that help then.
    return redirect("account-second-step") if has_codes else _codes(request)


def _codes(request: SignedIn) -> HttpResponse:
    codes = second_steps.new_codes(user=request.user, by=request.user, now=timezone.now())
    return render(request, "account/recovery_codes.html", {**HERE, "codes": codes})


def _picture(address: str) -> Any:
    """The address as a QR code, drawn black on white in light and in dark: cameras want it so."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False, svgns=False
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 - drawn here, of squares alone
