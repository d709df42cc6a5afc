"""The API as a page: every operation with its fields and examples, for those who write an integration."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """For everybody who has signed in, as the schema itself."""
    return render(request, "assignments/overview/api_reference.html", {"section": "api-reference"})
