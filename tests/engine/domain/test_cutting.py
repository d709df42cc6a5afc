"""Work that is longer than a shift, in parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain.cutting import CannotBeCut, cut
from tests.examples import drawn


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (11 * 60, (660,)),
        (20 * 60, (660, 540)),
        # The set-up of the second part takes half an hour of its eleven.
        (11 * 60 + 10 * 60 + 30, (660, 630)),
        # Ten minutes would be left: the least part takes from the one before it.
        (11 * 60 + 10, (550, 120)),
        (40 * 60, (660, 630, 630, 480)),
    ],
)
def test_the_first_days_are_full_and_the_last_is_no_shorter_than_the_least(work, expected):
    assert cut(work, longest=660, least=120, set_up=30) == expected


def test_the_rest_of_begun_work_takes_set_up_from_its_first_part_on():
    assert cut(660, longest=660, least=120, set_up=30, is_begun=True) == (540, 120)
    assert cut(60, longest=660, least=120, set_up=30, is_begun=True) == (60,)
    assert cut(0, longest=660, least=120, set_up=30, is_begun=True) == ()


@pytest.mark.parametrize(("work", "least"), [(700, 640), (700, 400)])
def test_parts_that_would_be_too_short_are_refused(work, least):
    with pytest.raises(CannotBeCut, match=r"least|longer"):
        cut(work, longest=660, least=least, set_up=30)


lengths = st.integers(5, 900)


@drawn(400)
@given(st.integers(5, 6000), lengths, lengths, st.integers(0, 120), st.booleans())
def test_parts_add_up_to_the_work_within_their_bounds(work, longest, least, set_up, is_begun):
    try:
        parts = cut(work, longest=longest, least=least, set_up=set_up, is_begun=is_begun)
    except CannotBeCut:
        return

    assert sum(parts) == work
    if len(parts) > 1:
        assert min(parts) >= least
        further = [part + set_up for part in parts[0 if is_begun else 1 :]]
        assert max([parts[0], *further]) <= longest
    fewer = (len(parts) - 1) * (longest - set_up) + (0 if is_begun else set_up)
    assert len(parts) == 1 or fewer < work
