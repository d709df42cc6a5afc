"""Forms that know who sends them: nobody widens their own rights or acts in the name of somebody else.

Administrators with all rights are not bound by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from assignments import models
from assignments.admin import base
from assignments.services.accounts import scopes

if TYPE_CHECKING:
    PersonPage = UserChangeForm[Any]
    InlineForms = BaseInlineFormSet[Any, Any, Any]
else:
    # Generic for the type checker only.
    PersonPage = UserChangeForm
    InlineForms = BaseInlineFormSet

ALL_RIGHTS = "Only an administrator with all rights gives or takes all rights."
SINGLE_RIGHTS = "Single rights are given by an administrator with all rights. Choose a group instead."
OWN_ROLE = "You cannot give yourself a role or change your own. Ask another administrator."
FOR_ANOTHER = "You can issue tokens that act as you, and no others. Ask an administrator with all rights."
EVENTS_OF_ANOTHER = "You can have events sent that you may read yourself. Ask an administrator with all rights."


class SentByMixin(base.ModelAdmin):
    """Tells the form of a page who sends it, as `by`."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return sent_by(super().get_form(request, obj, change=change, **options), request)


class PersonForm(PersonPage):
    by: Any = None

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.by.is_superuser:
            return cleaned
        try:
            scopes.require_not_above(user=self.instance, by=self.by)
        except scopes.AccountAbove as refusal:
            raise ValidationError(f"{refusal.sentence} {refusal.next_step}") from refusal
        changed = set(self.changed_data)
        if "is_superuser" in changed:
            self.add_error("is_superuser", ALL_RIGHTS)
        if "user_permissions" in changed:
            self.add_error("user_permissions", SINGLE_RIGHTS)
        given = set(self.cleaned_data.get("groups", ())) ^ set(self.instance.groups.all())
        if "groups" in changed and (names := scopes.beyond(given, by=self.by)):
            self.add_error(
                "groups", f"{', '.join(names)}: with rights that you have not yourself. {scopes.AccountAbove.next_step}"
            )
        return cleaned


class RoleForm(base.ModelForm):
    by: Any = None

    def clean(self) -> Any:
        cleaned: Any = super().clean() or self.cleaned_data
        entered = cleaned.get("user")
        if self.has_changed() and _is_own({self.instance.user_id, entered.pk if entered else None}, self.by):
            raise ValidationError(OWN_ROLE)
        return cleaned


class RoleForms(InlineForms):
    """Roles on the page of a person or of a district."""

    by: Any = None

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            changed = form.has_changed() and form not in self.deleted_forms
            if changed and _is_own({form.initial.get("user"), form.instance.user_id}, self.by):
                raise ValidationError(OWN_ROLE)


def refuse_others_token(form: forms.ModelForm[models.ApiToken], by: Any) -> None:
    """Puts a sentence on the form of a token that acts as somebody else."""
    user_id = _user_of(form)
    if form.has_changed() and user_id and not by.is_superuser and user_id != by.pk:
        form.add_error("user" if "user" in form.fields else None, FOR_ANOTHER)


def refuse_others_events(form: forms.ModelForm[models.Subscription], by: Any) -> None:
    """Puts a sentence on the form of a subscription that would send what somebody else may read."""
    led = {"user", "address", "kinds", "districts", "signing_env"} & set(form.changed_data)
    users = {_user_of(form), form.instance.user_id} - {None}
    if led and not by.is_superuser and users != {by.pk}:
        form.add_error("user", EVENTS_OF_ANOTHER)


def sent_by(made: Any, request: HttpRequest) -> Any:
    """The class of a form or of a set of forms, with who sends it."""
    return type(made.__name__, (made,), {"by": request.user, "__module__": made.__module__})


def _is_own(user_ids: set[int | None], by: Any) -> bool:
    return not by.is_superuser and by.pk in user_ids


def _user_of(form: Any) -> int | None:
    entered = form.cleaned_data.get("user")
    user_id: int | None = entered.pk if entered else form.instance.user_id
    return user_id
