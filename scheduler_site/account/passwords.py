"""Pages on which people choose their password: at any time, and in place of a temporary one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from assignments.services.accounts import passwords, second_steps, sessions, signs
from scheduler_site.account import forms, slowed, stages


class OwnPassword(slowed.Slowed, auth.PasswordChangeView):
    """The person's own password; the one of now is asked for, as often as it is when they sign in."""

    form_class = forms.OwnPasswordForm
    template_name = "account/password.html"
    success_url = reverse_lazy("account-password")
    extra_context = {"section": "account", "tab": "password", "least": forms.least_length}

    @property
    def account_name(self) -> str:
        return self.request.user.get_username()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.PASSWORD_SIGN_IN or not cast(Any, request.user).has_usable_password():
            return render(request, "account/no_password.html", {"section": "account", "tab": "password"})
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        self.was_right()
        user: Any = form.user
        passwords.choose(user=user, password=form.cleaned_data["new_password1"], by=user, now=timezone.now())
        former = self.request.session.session_key
        update_session_auth_hash(self.request, user)
        sessions.renamed(former=former, key=self.request.session.session_key)
        messages.success(self.request, "Your password is changed. Wherever else you were logged in, you no longer are.")
        return HttpResponseRedirect(str(self.success_url))

    def form_invalid(self, form: Any) -> HttpResponse:
        if "old_password" not in form.errors:
            self.was_right()
        elif form.data.get("old_password"):
            signs.refused(user=form.user, step="password again")
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.OK)


# Nobody's page until its form is done: the step that it is decides who may see it.
@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_password(request: HttpRequest) -> HttpResponse:
    """Choosing a password in place of a temporary one; only then is the person logged in."""
    one = stages.under_way(request)
    if one is None or (second_steps.has_any(one.user) and not one.has_done_second):
        return redirect("login")
    form = forms.FirstPasswordForm(one.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        passwords.choose(user=one.user, password=form.cleaned_data["new_password1"], by=one.user, now=timezone.now())
        return stages.go_on(request, one)
    context = {"form": form, "person": one.user, "least": forms.least_length}
    return render(request, "account/first_password.html", context)
