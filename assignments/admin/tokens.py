from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from assignments import models
from assignments.admin import base, separated
from assignments.services import tokens
from notifications.services import access


class TokenForm(base.ModelForm):
    by: Any = None
    scopes = forms.MultipleChoiceField(choices=models.ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        system = cleaned.get("system", self.instance.system)
        if models.ApiToken.Scope.PUSH in cleaned.get("scopes", ()) and system is None:
            self.add_error("scopes", "To push, a token needs its system: choose it, in a new token if need be.")
        separated.refuse_others_token(self, self.by)
        return cleaned


@admin.register(models.ApiToken)
class ApiTokenAdmin(separated.SentByMixin, base.SetUpAdmin):
    """A token is never deleted: its revocation is part of the record."""

    form = TokenForm
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    autocomplete_fields = ("user",)
    filter_horizontal = ("districts",)
    fields = ("name", "user", "scopes", "system", "districts", "expires_at", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.ApiToken | None = None) -> tuple[str, ...]:
        # Its user, its system and its districts are what its holders rely on, and what open streams were let in by.
        return (*self.readonly_fields, "user", "system", "districts") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk} | super().get_changeform_initial_data(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.ApiToken, form: base.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            access.review(user_id=obj.user_id, now=timezone.now())
            return
        issued, secret = tokens.issue(
            name=obj.name, user=obj.user, scopes=obj.scopes, expires_at=obj.expires_at, by=request.user,
            now=timezone.now(), districts=form.cleaned_data["districts"],
            system=obj.system,
        )  # fmt: skip
        obj.pk, obj.digest = issued.pk, issued.digest
        # Beside the row for this one answer: a message would put the secret into a cookie or the session.
        vars(obj)["secret"] = secret

    def save_related(self, request: HttpRequest, form: base.ModelForm, formsets: Any, change: bool) -> None:
        # Issuing has left its own entry.
        if change:
            super().save_related(request, form, formsets, change)

    def response_add(
        self, request: HttpRequest, obj: models.ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": "Token issued",
            "opts": self.opts,
            "token": obj,
            "secret": vars(obj)["secret"],
        }
        return TemplateResponse(request, "admin/assignments/apitoken/secret.html", context)

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[models.ApiToken]) -> None:
        revoked = tokens.revoke(tokens=queryset, by=request.user, now=timezone.now())
        messages.success(request, f"Tokens revoked: {revoked}.")
