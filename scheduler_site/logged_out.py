"""Response on every page that needs a session when the session has ended."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from assignments.views import answers


class LoginRequired(LoginRequiredMiddleware):
    """The login page, which leads back to the page of a form instead of its action; a page's script is told in JSON."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        # Django asks first who it is, which is a query: a stream and the health check outlive the database.
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    # Django answers with what this returns, whatever it is; its stub knows redirects alone.
    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if answers.wants_json(request):
            said = {
                "code": "logged-out",
                "sentence": "You are logged out, so nothing was done.",
                "next_step": "Reload the page, log in and repeat the step.",
            }
            return JsonResponse(said, status=HTTPStatus.UNAUTHORIZED)
        if request.method == "POST":
            return redirect_to_login(answers.next_page(request), self.get_login_url(view_func))
        return super().handle_no_permission(request, view_func)
