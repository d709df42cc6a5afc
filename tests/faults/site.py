"""The settings of the servers that the faults are done to: the product's own, whatever database they are aimed at."""

from __future__ import annotations

from scheduler_site.settings import *  # noqa: F403

# With it every query would be kept.
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = False
STREAMS = {"heartbeat": 2.0, "review": 5.0, "per_process": 2000, "per_user": 2000, "per_address": 2000}
