"""Responses of views: pages for people, JSON for scripts of the pages, refusals as 403 or 409 with the next step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from assignments.presenters.shared import next_steps
from assignments.services.records import refusals

View = Callable[..., HttpResponse]


class NotADay(Http404):
    """The address names no day that a page could show; its first argument says so."""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page behind an address of nothing; it says why where that is no secret."""
    sentence = exception.args[0] if isinstance(exception, NotADay) else ""
    return render(request, "404.html", {"sentence": sentence}, status=404)


class SeeOther(HttpResponseRedirect):
    """A POST was done; the browser GETs what it led to."""

    status_code = 303


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def next_page(request: HttpRequest, default: str = "") -> str:
    """The page that the form came from, if it is one of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return default or reverse("assignments:home")


def done(request: HttpRequest, sentence: str, default: str = "", **details: Any) -> HttpResponse:
    """The answer to a POST that succeeded: back to the page it came from, or JSON."""
    if wants_json(request):
        return JsonResponse({"message": sentence, **details})
    messages.success(request, sentence)
    return SeeOther(next_page(request, default))


def refusing(view: View) -> View:
    """The view, with the domain's refusals turned into an answer that says why and what to do next."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except refusals.Refusal as refusal:
            steps = next_steps.of(refusal)
            return refused(request, refusal.code, refusal.sentence, refusal.next_step, steps)

    return answered


@contextmanager
def about(subject: Any) -> Iterator[None]:
    """Turn a refusal within the block into an answer about `subject`, with the next steps for it."""
    try:
        yield
    except refusals.Refusal as refusal:
        refusal.subject = subject
        raise


def refused(
    request: HttpRequest, code: str, sentence: str, next_step: str, steps: Sequence[next_steps.NextStep] = ()
) -> HttpResponse:
    status = 403 if code == refusals.NotAManager.code else 409
    said: dict[str, Any] = {"code": code, "sentence": sentence, "next_step": next_step}
    if wants_json(request):
        return JsonResponse({**said, "steps": [asdict(step) for step in steps]}, status=status)
    return render(request, "409.html", {**said, "steps": steps, "back": next_page(request)}, status=status)


def first_error(form: BaseForm) -> str:
    """The first error of a form that is not valid."""
    return next(str(error) for errors in form.errors.values() for error in errors)
