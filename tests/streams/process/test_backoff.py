from __future__ import annotations

import pytest

from notifications.services.backoff import Backoff


@pytest.mark.parametrize(("failures", "bound"), [(1, 0.2), (2, 0.4), (3, 0.8), (4, 1.0), (5000, 1.0)])
def test_waits_at_random_up_to_a_bound_that_doubles(failures: int, bound: float) -> None:
    waits = [Backoff(first=0.2, longest=1.0, least=0.1).seconds(failures) for _ in range(200)]

    assert min(waits) >= 0.1
    assert bound / 2 < max(waits) <= bound


def test_spreads_over_the_whole_bound() -> None:
    waits = [Backoff(first=4.0, longest=4.0).seconds(1) for _ in range(200)]

    assert min(waits) < 1 < 3 < max(waits)
