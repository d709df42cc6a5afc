from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from assignments import models
from assignments.services.runs import running
from tests import factories


@pytest.fixture
def run(district: models.District, mara: Any, now: datetime) -> models.SuggestionRun:
    """Asked for by Mara, waiting for a worker."""
    return running.request_run(district=district, day=factories.DAY, by=mara, now=now)[0]
