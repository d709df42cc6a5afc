"""Everybody that a request may come from, and what became of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client

from tests import factories

FORM = "application/x-www-form-urlencoded"
Headers = Mapping[str, str]


def session(person: Any) -> Headers:
    """The cookie of somebody who has just signed in."""
    client = Client()
    client.force_login(person)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def token(person: Any, *scopes: str, secret: str) -> Headers:
    factories.ApiTokenFactory(user=person, secret=secret, scopes=list(scopes))
    return {"Authorization": f"Bearer {secret}"}


def clerk(name: str, *rights: str) -> Any:
    """Staff with these rights and no role in any district."""
    person = factories.UserFactory(username=name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return person


class Caller:
    """Sends requests on the same rows, each as somebody else; a login or a log-out of one is not the next one's."""

    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False)

    def send(self, headers: Headers, method: str, path: str, form: Mapping[str, Any]) -> str:
        """Says in a word what came of it: *not done* is a refusal of what was sent, and not of who sent it."""
        with transaction.atomic():
            fields = urlencode(form, doseq=True)
            where = f"{path}?{fields}" if method == "GET" and form else path
            body = "" if method == "GET" else fields
            answer = self._client.generic(method, where, body, content_type=FORM, headers=dict(headers))
            _close(answer)
            transaction.set_rollback(True)
        self._client.cookies.clear()
        return _word(answer)


def _close(answer: Any) -> None:
    """Without giving up the connection, which the test's transaction is on."""
    if answer.streaming:
        request_finished.disconnect(close_old_connections)
        answer.close()
        request_finished.connect(close_old_connections)


def _word(answer: Any) -> str:
    words = {400: "not done", 401: "login", 403: "refused", 404: "none", 405: "never", 409: "not done"}
    if answer.status_code in (301, 302) and "/login/" in answer.headers["Location"]:
        return "login"
    if answer.status_code >= 500:
        return str(answer.status_code)
    return words.get(answer.status_code, "ok")
