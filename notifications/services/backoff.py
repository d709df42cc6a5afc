"""Growing, random waits between attempts."""

from __future__ import annotations

import tenacity


class Backoff:
    """Full jitter: a random wait of at most `first` seconds, a bound that doubles with each failure up to `longest`.

    Without the jitter all that a system missed while it was down would come back at the same moment. No wait is shorter
    than `least`.
    """

    def __init__(self, *, first: float, longest: float, least: float = 0.0) -> None:
        self._wait = tenacity.wait_random_exponential(multiplier=first, max=longest, min=least)

    def seconds(self, failures: int) -> float:
        """Seconds until the next attempt after so many failures in a row, from 1 on."""
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        state.attempt_number = failures
        return self._wait(state)
