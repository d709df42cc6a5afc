"""The board as a file: what its filters leave, in its sequence."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from import_export.formats.base_formats import CSV

from assignments.forms.filters import BoardFilter
from assignments.presenters.board import rows, sheet_of_orders
from assignments.queries import days, work_queue
from assignments.services.files import workbooks
from assignments.views.board import asked_day, district_or_404

_AT_A_TIME = 500
"""Orders whose rows are made by one set of queries: SQLite takes so many names in one."""
_FORMATS = {"csv": CSV, "xlsx": workbooks.Workbook}


@require_GET
def download(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    if kind not in _FORMATS:
        raise Http404("The board is written as CSV or XLSX.")
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    narrowed = BoardFilter(request.GET, district=district, day=day, now=now)
    found, run = list(narrowed.qs.values_list("pk", flat=True)), work_queue.latest_run(district, day)
    shown = (
        row
        for first in range(0, len(found), _AT_A_TIME)
        for row in rows.rows(found[first : first + _AT_A_TIME], day=day, run=run, now=now)
    )
    file = _FORMATS[kind]()
    return HttpResponse(
        file.export_data(sheet_of_orders.table(shown, f"{district.code} {day}")),
        content_type=file.get_content_type(),
        headers={"Content-Disposition": f'attachment; filename="board-{district.code}-{day}.{kind}"'},
    )
