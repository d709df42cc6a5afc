"""The settings of the web server that the stream tests start: theirs, with an impatient clock."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

# The tests' clock stands still, in a past that a server which lives as long as their session would trim away.
STREAMS = {"heartbeat": 1.0, "review": 1.0, "grip_link": 1.0, "per_user": 30, "trim": 86_400.0}
