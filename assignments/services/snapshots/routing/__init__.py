"""Travel times from a routing server: asked for once, remembered as rows, and read from there when rules are checked.

No network but in `gather`, which no transaction may surround.
"""

from __future__ import annotations

from assignments.services.snapshots.routing.gathering import GatheredDrives, gather
from assignments.services.snapshots.routing.remembering import roads, server, trim

__all__ = ["GatheredDrives", "gather", "roads", "server", "trim"]
