"""Forms in which people say something about their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import password_validation
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    SetForm = SetPasswordForm[Any]
else:
    # Generic for the type checker only.
    SetForm = SetPasswordForm

_SAME = "That is the password you have now. Choose another."


class OwnPasswordForm(PasswordChangeForm):
    """The password of now, and another one twice."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "That is not your current password. Check capitals and type it again.",
        "password_mismatch": "The two are not the same. Type the new password twice.",
    }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("new_password2") and cleaned.get("old_password") == cleaned["new_password2"]:
            self.add_error("new_password1", _SAME)
        return cleaned


class FirstPasswordForm(SetForm):
    """A password in place of a temporary one, twice."""

    error_messages = {"password_mismatch": OwnPasswordForm.error_messages["password_mismatch"]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = cleaned.get("new_password2")
        if chosen and self.user.check_password(chosen):
            raise ValidationError(_SAME)
        return cleaned


def least_length() -> int:
    """Characters that a password has at least."""
    lengths = [getattr(one, "min_length", 0) for one in password_validation.get_default_password_validators()]
    return max(lengths, default=0)
