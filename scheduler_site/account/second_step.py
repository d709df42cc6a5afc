"""The step between the password and the session of whoever has an app or a passkey beside it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator

from assignments.services.accounts import passkeys, second_steps, signs
from scheduler_site.account import own_second_steps, slowed, stages

QUESTION = "passkey_asked"


class SecondStepForm(forms.Form):
    """A code, or the answer of a passkey."""

    code = forms.CharField(
        max_length=20, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )  # fmt: skip
    answer = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)


# Nobody's page until its form is done: the step that it is decides who may see it.
@method_decorator(login_not_required, name="dispatch")
class SecondStepPage(slowed.Slowed):
    form_class = SecondStepForm
    template_name = "account/second_step.html"
    one: stages.SigningOn

    @property
    def account_name(self) -> str:
        # Counted apart from passwords: whoever has come here knows that.
        return f"{self.one.user.get_username()}\nsecond step"

    def dispatch(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        one = stages.under_way(request)
        if one is None or not second_steps.has_any(one.user):
            return redirect("login")
        self.one = one
        return super().dispatch(request, *args, **options)

    def form_valid(self, form: Any) -> HttpResponse:
        if refused := self._refused(form.cleaned_data["code"], form.cleaned_data["answer"]):
            signs.refused(user=self.one.user, step="second step")
            form.add_error("code", refused)
            return self.form_invalid(form)
        self.was_right()
        return stages.second_step_done(self.request, self.one)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        context = super().get_context_data(**options) | {"person": self.one.user}
        host = own_second_steps.host_for_passkeys(self.request)
        if host and passkeys.of(self.one.user):
            question, self.request.session[QUESTION] = passkeys.begin_asking(user=self.one.user, host=host)
            context["options"] = json.dumps(question)
        return context

    def _refused(self, code: str, answer: str) -> str:
        """The reason why the person is not let in; empty when they are."""
        now, host = timezone.now(), own_second_steps.host_for_passkeys(self.request)
        if answer and host:
            asked = self.request.session.pop(QUESTION, None)
            try:
                passkeys.check(user=self.one.user, host=host, state=asked, answer=answer, now=now)
            except passkeys.PasskeyRefused as refused:
                return f"{refused.sentence} {refused.next_step}"
            return ""
        if second_steps.is_right(user=self.one.user, code=code, now=now):
            return ""
        return "That is not the code that your app shows now, nor a recovery code that is left."
