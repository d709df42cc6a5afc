"""Pages on which a system is tried while it is set up, and its manifest as a file."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from assignments import models
from assignments.admin import base, typed
from assignments.downstream import seam
from assignments.services.following import checking

LONGEST_FILE = 500_000
"""Bytes of a manifest."""
SHOWN = 20
"""Records of an answer that the page shows."""

_AREA = {"rows": 24, "cols": 110, "spellcheck": "false"}


class _PrettyEncoder(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2, "ensure_ascii": False})


class ManifestField(typed.TypedJSONField):
    """JSON that may be missing, which is no word for a person to read."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class SystemForm(base.ModelForm):
    """A downstream system, whose manifest may come as a file."""

    manifest = ManifestField(
        required=False, encoder=_PrettyEncoder, widget=forms.Textarea(attrs=_AREA),
        help_text="Settings of the way in which it speaks, as JSON (docs/adapters.md). None for Lineup's own protocol.",
    )  # fmt: skip
    manifest_file = forms.FileField(
        required=False, label="Manifest from a file", help_text="JSON, in place of what stands above."
    )

    def clean(self) -> Any:
        cleaned = super().clean()
        if file := self.cleaned_data.get("manifest_file"):
            self.cleaned_data["manifest"] = _read(file)
        return cleaned


class TryForm(forms.Form):
    """A collection, and the district for which it is asked."""

    resource = forms.ChoiceField(label="Collection")
    district = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, system: models.DownstreamSystem, **options: Any) -> None:
        super().__init__(*args, **options)
        known = checking.resources(system=system)
        self.fields["resource"].choices = [(one, one.capitalize()) for one in known]  # type: ignore[attr-defined]
        if system.answers_for == system.AnswersFor.ALL:
            del self.fields["district"]
        else:
            codes = [(one.code, str(one)) for one in models.District.objects.order_by("code")]
            self.fields["district"].choices = codes  # type: ignore[attr-defined]


class TryingMixin(base.ModelAdmin):
    """Adds *Try it* and the manifest's file to the page of a system."""

    change_form_template = "admin/assignments/downstreamsystem/change_form.html"

    def get_urls(self) -> list[Any]:
        to = self.admin_site.admin_view
        more = [
            path("<int:system_id>/try/", to(self.try_it), name="assignments_downstreamsystem_try"),
            path("<int:system_id>/manifest/", to(self.manifest), name="assignments_downstreamsystem_manifest"),
        ]
        return [*more, *super().get_urls()]

    def try_it(self, request: HttpRequest, system_id: int) -> HttpResponse:
        """One request for a collection, when that is asked for, and the requests of decisions."""
        system = self._system(request, system_id)
        form = TryForm(request.POST or None, system=system)
        finding = None
        if request.method == "POST" and form.is_valid():
            [resource] = [one for one in checking.resources(system=system) if one == form.cleaned_data["resource"]]
            finding = checking.check(
                system=system, resource=resource, scope=form.cleaned_data.get("district", ""), by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        context = self.admin_site.each_context(request) | {
            "title": f"Try {system}", "opts": self.opts, "system": system, "form": form,
            "finding": _shown(finding) if finding else None, "previews": checking.previews(system=system),
            "back": reverse("admin:assignments_downstreamsystem_change", args=[system.pk]),
        }  # fmt: skip
        return TemplateResponse(request, "admin/assignments/downstreamsystem/try.html", context)

    def manifest(self, request: HttpRequest, system_id: int) -> HttpResponse:
        """The manifest as a file, which has no secrets."""
        system = self._system(request, system_id)
        answer = JsonResponse(system.manifest or {}, json_dumps_params={"indent": 2, "ensure_ascii": False})
        answer["Content-Disposition"] = f'attachment; filename="{system.code}-manifest.json"'
        return answer

    def _system(self, request: HttpRequest, system_id: int) -> models.DownstreamSystem:
        system = models.DownstreamSystem.objects.filter(pk=system_id).first()
        if system is None:
            raise Http404
        if not self.has_change_permission(request, system):
            raise PermissionDenied
        return system


def _read(file: Any) -> Any:
    """Raises ValidationError for what is no JSON of a manifest's size."""
    if file.size > LONGEST_FILE:
        raise ValidationError({"manifest_file": f"A manifest has at most {LONGEST_FILE:,} bytes."})
    try:
        return typed.TypedJSONField().to_python(file.read().decode("utf-8-sig"))
    except ValidationError as refused:
        raise ValidationError({"manifest_file": refused.messages}) from refused
    except UnicodeDecodeError as error:
        raise ValidationError({"manifest_file": f"This is no JSON: {error}."}) from error


def _shown(finding: seam.Finding) -> dict[str, Any]:
    """The finding as the page has it: the first few records, as JSON."""
    records = [
        json.dumps(one.model_dump(mode="json", exclude_unset=True), indent=1, ensure_ascii=False)
        for one in finding.records[:SHOWN]
    ]
    return {
        "at": finding, "records": records, "refused": finding.refused[:SHOWN],
        "more_records": max(0, len(finding.records) - SHOWN), "more_refused": max(0, len(finding.refused) - SHOWN),
    }  # fmt: skip
