"""The settings of the web server that the stream tests start: theirs, with an impatient clock."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as _OF_TESTS
from tests.settings import POOL

# Not into those of the tests, some of which read the limits that stand here.
DATABASES = {
    name: one | {"OPTIONS": one["OPTIONS"] | ({"pool": POOL} if POOL else {})} for name, one in _OF_TESTS.items()
}

# The tests' clock stands still, in a past that a server which lives as long as their session would trim away.
STREAMS = {"heartbeat": 1.0, "review": 1.0, "grip_link": 1.0, "per_user": 30, "trim": 86_400.0}
