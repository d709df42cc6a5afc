"""The page to sign in; also for the administration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assignments import models
from scheduler_site.account import slowed, stages


class SignIn(slowed.Slowed, auth.LoginView):
    """Name and password; other steps may follow before the session is the person's."""

    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PASSWORD_SIGN_IN:
            return self.render_to_response(self.get_context_data(form=self.get_form_class()()), status=403)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        ways = {"company": settings.OIDC_URL and settings.OIDC_NAME, "takes_passwords": settings.PASSWORD_SIGN_IN}
        return super().get_context_data(**options) | ways

    @property
    def account_name(self) -> str:
        return self.request.POST.get("username", "") if self.request.POST.get("password") else ""

    def form_valid(self, form: Any) -> HttpResponse:
        self.was_right()
        user = form.get_user()
        if models.Account.of(user).is_over(timezone.now()):
            return self.render_to_response(self.get_context_data(form=self.get_form_class()(), is_over=True))
        return stages.begin(self.request, user=user, next_page=self.get_success_url())


@login_not_required
@require_safe
def of_administration(request: HttpRequest) -> HttpResponse:
    """To the one page where passwords are looked at; whoever is signed in already may not open the administration."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
