"""The settings of a web server with the product's own clock, whose static files browsers keep as in production."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

# So long that a browser, whose network keeps the real time, takes an answer with the date of the tests for fresh.
WHITENOISE_MAX_AGE = 10 * 365 * 24 * 3600
