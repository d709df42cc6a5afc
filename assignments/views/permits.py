"""The permits of a district: what is missing, pending, expiring or lapsed, and the work that hangs on each."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments.forms.registers import PermitFilter
from assignments.presenters.registers import permits
from assignments.queries import permit_needs
from assignments.views.board import PER_PAGE, district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    form = PermitFilter(request.GET)
    found = permit_needs.matching(permit_needs.register(district, now), form.filters)
    page = Paginator(permit_needs.in_state(found, form.filters.state), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "form": form,
        "is_narrowing": form.is_narrowing,
        "tabs": permits.tabs(found, form.filters.state),
        "page": page,
        "groups": permits.groups(list(page.object_list), district=district, now=now),
        "zone": f"{now.astimezone(district.zone):%Z}",
        "section": "permits",
    }
    return render(request, "assignments/registers/permits.html", context)
