"""The settings of a web server whose streams are soon too many."""

from __future__ import annotations

from tests.streams.site import *  # noqa: F403
from tests.streams.site import STREAMS as _STREAMS

CAP = 300
STREAMS = {**_STREAMS, "per_process": CAP, "per_user": CAP + 1, "per_address": CAP + 1}
