"""django-eventstream under ASGI with its stored, reliable channels; POST / with a JSON list publishes."""

from __future__ import annotations

import json
import os

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of the benchmark",
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_eventstream"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["PEER_DATABASE"]}},
    EVENTSTREAM_STORAGE_CLASS="django_eventstream.storage.DjangoModelStorage",
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)


def publish(request: HttpRequest) -> HttpResponse:
    from django_eventstream import send_event

    for text in json.loads(request.body):
        send_event("ticks", "tick", {"text": text})
    return HttpResponse()


urlpatterns = [path("", publish), path("events/", include("django_eventstream.urls"), {"channels": ["ticks"]})]
app = get_asgi_application()
