from __future__ import annotations

import pytest

from assignments.presenters.shared import states
from tests import factories


@pytest.mark.parametrize(
    ("attempts", "detail"),
    [(0, "timed out"), (1, "timed out"), (2, "2 attempts. timed out"), (8, "8 attempts. timed out")],
)
def test_a_write_back_counts_its_attempts_from_the_second_on(db: None, attempts: int, detail: str):
    write_back = factories.WriteBackFactory(attempts=attempts, last_error="timed out", status="FAILED")

    assert states.of_write_back(write_back).detail == detail
