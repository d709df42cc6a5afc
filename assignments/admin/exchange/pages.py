# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The import and export pages of the administration: a worker imports, and the pages show how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from import_export import admin as exchange
from import_export.formats.base_formats import CSV
from import_export.forms import ExportForm

from assignments import models
from assignments.admin.exchange import columns_form
from assignments.presenters.registers import file_imports
from assignments.presenters.shared import words
from assignments.queries import file_rows
from assignments.services.files import uploading, workbooks
from assignments.services.records import refusals

SAMPLE = 3
"""Rows of a sample."""
_FILES = "admin/assignments/files/"


class UploadForm(forms.Form):
    """A file, and how it is written."""

    import_file = forms.FileField(
        label="File", max_length=None, error_messages={"empty": "The file is empty.", "required": "Choose a file."}
    )
    dates = forms.ChoiceField(
        choices=models.FileImport.Dates.choices, required=False, label="Dates are written", widget=forms.RadioSelect,
        initial=models.FileImport.Dates.ISO,
    )  # fmt: skip
    decimal_comma = forms.BooleanField(required=False, label="Decimal comma: 41,95 is between 41 and 42")
    shows_first = forms.BooleanField(required=False, label="Show me first what would change")


class ExchangeMixin(exchange.ImportExportMixin):
    """CSV and XLSX, to import for who may add and change, to export for who may view."""

    formats = [CSV, workbooks.Workbook]
    export_form_class = ExportForm

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_urls(self) -> list[Any]:
        pages = {
            "sample/<slug:kind>/": ("sample", self.sample),
            "import/": ("import", self.import_action),
            "import/<uuid:file_id>/": ("import_file", self.import_page),
            "import/<uuid:file_id>/columns/": ("import_columns", self.import_columns),
            "import/<uuid:file_id>/go-on/": ("import_go_on", self.import_go_on),
            "import/<uuid:file_id>/cancel/": ("import_cancel", self.import_cancel),
            "export/": ("export", self.export_action),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"{self._table}_{name}")
            for route, (name, view) in pages.items()
        ]
        # Without those of the package, which would read the file in the request.
        return [*ours, *super(exchange.ImportMixin, self).get_urls()]

    @property
    def _table(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"admin:{self._table}_{name}", args=args)

    def sample(self, request: HttpRequest, kind: str) -> HttpResponse:
        """A file with all columns, and the first rows of the table to show how cells are written."""
        self._require_import(request)
        formats = {"csv": CSV(), "xlsx": workbooks.Workbook()}
        if kind not in formats:
            raise Http404("Samples are CSV or XLSX.")
        rows = self.get_export_queryset(request).order_by("pk")[:SAMPLE]
        content = formats[kind].export_data(self.get_data_for_export(request, rows))
        name = f"{self.opts.model_name}-sample.{kind}"
        return HttpResponse(
            content,
            content_type=formats[kind].get_content_type(),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the list shows, with what their columns need."""
        chosen = self.resource_classes[0]
        rows: QuerySet[Any] = super().get_export_queryset(request)
        return rows.select_related(*chosen.related).prefetch_related(*chosen.prefetched)

    def import_action(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """The form for a file, and the last ones that were sent."""
        self._require_import(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if request.method == "POST" and self._is_too_large(request, form):
            return self._start_page(request, form)
        if request.method == "POST" and form.is_valid():
            sent = form.cleaned_data
            try:
                file = uploading.start(
                    table=self.opts.model_name, name=sent["import_file"].name,
                    content=sent["import_file"].chunks(uploading.PIECE), dates=sent["dates"] or "iso",
                    decimal_comma=sent["decimal_comma"], shows_first=sent["shows_first"], by=request.user,
                    now=timezone.now(),
                )  # fmt: skip
            except refusals.Refusal as refusal:
                form.add_error("import_file", f"{refusal.sentence} {refusal.next_step}")
            else:
                return HttpResponseRedirect(self._address("import_file", file.pk))
        return self._start_page(request, form)

    def _is_too_large(self, request: HttpRequest, form: forms.Form) -> bool:
        """Whether the request was cut because its file is larger than is taken."""
        if not request.META.get("lineup.upload_too_large"):
            return False
        form.errors.clear()
        form.add_error(
            "import_file",
            f"The file is larger than {settings.IMPORT_FILE_MB:g} MB. {uploading.FileTooLarge.next_step}",
        )
        return True

    def _start_page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        chosen = self.resource_classes[0]()
        now = timezone.now()
        context = self._context(request) | {
            "title": f"Import {self.opts.verbose_name_plural}",
            "form": form,
            "key_columns": chosen.key,
            "columns": chosen.column_names,
            "samples": [(kind.upper(), self._address("sample", kind)) for kind in ("csv", "xlsx")],
            "most_mb": settings.IMPORT_FILE_MB,
            "most_rows": words.count(settings.IMPORT_ROWS, "row"),
            "recent": [
                (self._address("import_file", one.pk), file_imports.recent(one, now=now))
                for one in file_rows.recent(self.opts.model_name)
            ],
        }
        return TemplateResponse(request, f"{_FILES}start.html", context)

    def import_page(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        """How far an import is; with `?part` the part of the page that moves."""
        file = self._file(request, file_id)
        return self._progress_page(request, file, columns_form.of(file))

    def import_columns(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        file = self._file(request, file_id)
        if request.method != "POST":
            return HttpResponseRedirect(self._address("import_file", file.pk))
        form = columns_form.of(file, request.POST)
        if form is not None and form.is_valid():
            try:
                uploading.choose_columns(file=file, names=form.names, by=request.user, now=timezone.now())
            except uploading.ColumnsUnclear as refusal:
                form.add_error(None, f"{refusal.sentence} {refusal.next_step}")
                return self._progress_page(request, file, form)
            except refusals.Refusal as refusal:
                messages.warning(request, f"{refusal.sentence} {refusal.next_step}")
            return HttpResponseRedirect(self._address("import_file", file.pk))
        return self._progress_page(request, file, form)

    def import_go_on(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        return self._act(request, file_id, uploading.go_on)

    def import_cancel(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        return self._act(request, file_id, uploading.cancel)

    def _act(self, request: HttpRequest, file_id: UUID, act: Any) -> HttpResponse:
        file = self._file(request, file_id)
        if request.method == "POST":
            try:
                act(file=file, by=request.user, now=timezone.now())
            except refusals.Refusal as refusal:
                messages.warning(request, f"{refusal.sentence} {refusal.next_step}")
        return HttpResponseRedirect(self._address("import_file", file.pk))

    def _progress_page(self, request: HttpRequest, file: models.FileImport, form: Any) -> HttpResponse:
        context = self._context(request) | {
            "title": f"Import of {file.name}",
            "page": file_imports.page(file, now=timezone.now()),
            "columns_form": form,
            "warnings": self.import_warnings(file) if file.status == models.FileImport.Status.DONE else [],
            "addresses": {
                name: self._address(f"import_{name}", file.pk) for name in ("file", "columns", "go_on", "cancel")
            },
            "again": self._address("import"),
            "list": self._address("changelist"),
        }
        if "part" in request.GET:
            return render(request, f"{_FILES}_progress.html", context)
        return TemplateResponse(request, f"{_FILES}progress.html", context)

    def import_warnings(self, file: models.FileImport) -> list[str]:
        """Sentences on rows that were imported, and with which nobody can do anything as they are."""
        return []

    def _file(self, request: HttpRequest, file_id: UUID) -> models.FileImport:
        self._require_import(request)
        files = models.FileImport.objects.select_related("started_by", "ended_by")
        file: models.FileImport | None = files.filter(pk=file_id, table=self.opts.model_name).first()
        if file is None:
            raise Http404("No such import.")
        return file

    def _require_import(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
