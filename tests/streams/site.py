"""The settings of the web server that the stream tests start: theirs, with an impatient clock."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

STREAMS = {"heartbeat": 1.0, "review": 1.0, "grip_link": 1.0, "per_user": 30}
