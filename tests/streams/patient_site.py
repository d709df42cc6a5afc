"""The settings of a web server with the product's own clock, whose static files browsers keep as in production."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

WHITENOISE_MAX_AGE = 3600
