"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from scheduler_site import health, metrics, privacy, signing_in
from scheduler_site.account import company, confirming, own_second_steps, own_sessions, passwords, second_step

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("login/", signing_in.SignIn.as_view(), name="login"),
    path("login/company/", company.begin, name="company-login"),
    path("login/company/back/", company.back, name="company-back"),
    path("login/second-step/", second_step.SecondStepPage.as_view(), name="second-step"),
    path("login/password/", passwords.first_password, name="first-password"),
    path("logout/", privacy.SignOut.as_view(), name="logout"),
    path("account/password/", passwords.OwnPassword.as_view(), name="account-password"),
    path("account/sessions/", own_sessions.show, name="account-sessions"),
    path("account/sessions/end-others/", own_sessions.end_others, name="account-sessions-end-others"),
    path("account/sessions/<int:session_id>/end/", own_sessions.end, name="account-session-end"),
    path("account/second-step/", own_second_steps.show, name="account-second-step"),
    path("account/second-step/app/", own_second_steps.add_app, name="account-second-step-app"),
    path("account/second-step/passkey/", own_second_steps.add_passkey, name="account-second-step-passkey"),
    path("account/second-step/codes/", own_second_steps.make_codes, name="account-second-step-codes"),
    path("account/second-step/<int:step_id>/remove/", own_second_steps.remove, name="account-second-step-remove"),
    path("account/confirm/", confirming.Confirm.as_view(), name="account-confirm"),
    path("admin/login/", signing_in.of_administration),
    # The product's own page asks for more of a password than the administration's.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account-password")),
    path("admin/password_change/done/", RedirectView.as_view(pattern_name="account-password")),
    path("admin/", admin.site.urls),
    path("api/", include("assignments.api.urls")),
    path("", include("notifications.urls")),
    path("", include("assignments.urls")),
]

handler404 = "assignments.views.answers.not_found"
handler400 = "assignments.api.broken.bad_request"
handler500 = "assignments.api.broken.server_error"
