# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The import and export pages of the administration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from import_export import admin as exchange
from import_export.forms import ExportForm, ImportForm

from assignments.admin.exchange import dialects, naming, resource

SAMPLE = 3
"""Rows of a sample."""


class CheckableImportForm(ImportForm):
    """One page instead of upload and confirmation: nothing waits on one server's disk for a second request."""

    dates = forms.ChoiceField(
        choices=dialects.DATES,
        required=False,
        label="Dates are written",
        widget=forms.RadioSelect,
        initial=dialects.ISO,
    )
    decimal_comma = forms.BooleanField(required=False, label="Decimal comma: 41,95 is between 41 and 42")
    check_only = forms.BooleanField(required=False, label="Check only: show what would change and import nothing")


class ExchangeMixin(exchange.ImportExportMixin):
    """CSV and XLSX, to import for who may add and change, to export for who may view."""

    formats = [dialects.AnyText, dialects.AnyWorkbook]
    skip_import_confirm = True
    import_form_class = CheckableImportForm
    export_form_class = ExportForm
    import_template_name = "admin/assignments/exchange_import.html"
    export_related: tuple[str, ...] = ()
    export_prefetched: tuple[str, ...] = ()

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_urls(self) -> list[Any]:
        address = path("sample/", self.admin_site.admin_view(self.sample), name=f"{self._table}_sample")
        return [address, *super().get_urls()]

    @property
    def _table(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def sample(self, request: HttpRequest) -> HttpResponse:
        """A file with all columns, and the first rows of the table to show how cells are written."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(*self.export_related).order_by("pk")[:SAMPLE]
        content = dialects.AnyText().export_data(self.get_data_for_export(request, rows))
        name = f"{self.opts.model_name}-sample.csv"
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_export_queryset(request)
        return rows.select_related(*self.export_related).prefetch_related(*self.export_prefetched)

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        why = (
            str(e)
            if isinstance(e, dialects.Unreadable)
            else "The file cannot be read in this format. Choose the format it was saved in; CSV is text with one row "
            "a line, XLSX a workbook whose first sheet holds the rows."
        )
        form.add_error("import_file", f"Nothing was imported: {why[:1].lower()}{why[1:]}")

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **options: Any) -> Any:
        """The result of importing all rows or none; of `check_only`, of importing none."""
        check_only = form.cleaned_data["check_only"]
        chosen = self.choose_import_resource_class(form, request)(**self.get_import_resource_kwargs(request, form=form))
        chosen.file_rows = dataset.file_rows
        if dataset.left_out:
            messages.info(request, dataset.left_out)
        table, known = self.opts.model_name, [field.column_name for field in chosen.fields.values()]
        names = {name: to for name, to in naming.chosen(request.POST).items() if to in {*known, naming.LEFT_OUT}}
        named = naming.renamed(dataset, naming.remembered(table) | names, known)
        result = chosen.import_data(
            dialects.converted(
                named,
                list(chosen.fields.values()),
                dates=form.cleaned_data["dates"] or dialects.ISO,
                decimal_comma=form.cleaned_data["decimal_comma"],
            ),
            dry_run=check_only,
            raise_errors=False,
            use_transactions=True,
            rollback_on_validation_errors=True,
            user=request.user,
            retain_instance_in_row_result=True,
        )
        result.check_only = check_only
        resource.number_as_in_the_file(result, dataset.file_rows)
        naming.ask(form, named.headers, known)
        if resource.was_taken(result, dry_run=check_only):
            naming.remember(table, {name: to for name, to in names.items() if name in dataset.headers})
        result.refusals = resource.refusals_of(result)
        return result

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        if not result.check_only:
            done: HttpResponse = super().process_result(result, request)
            return done
        context = (
            self.admin_site.each_context(request)
            | self.get_context_data()
            | {
                "title": "Import",
                "form": self.create_import_form(request),
                "opts": self.model._meta,
                "result": result,
                "fields_list": [],
            }
        )
        return TemplateResponse(request, [self.import_template_name], context)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        """Context about the file for both pages; the package adds it to some of its responses only."""
        chosen = self.resource_classes[0]
        return {
            "sample": f"admin:{self._table}_sample",
            "key_columns": chosen.key,
            "columns": [one.column_name for one in chosen().get_user_visible_fields()],
        }
