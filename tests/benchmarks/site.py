"""The settings of the measured server: the product's own, without the caps that 10,000 streams of one machine meet."""

from __future__ import annotations

from scheduler_site.settings import *  # noqa: F403

# With it every query would be logged, in the server and in the publisher.
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
STREAMS = {"per_process": 20_000, "per_user": 20_000, "per_address": 20_000}
