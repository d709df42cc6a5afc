"""Work that is longer than a shift, cut into parts: minutes of work for each."""

from __future__ import annotations


class CannotBeCut(ValueError):
    """No parts of these lengths add up to the work; the message says why."""


def cut(work: int, *, longest: int, least: int, set_up: int, is_begun: bool = False) -> tuple[int, ...]:
    """The fewest parts that make up `work` minutes, without their set-up; the first ones as long as they may be.

    Each is at most `longest` with its set-up, which the first part of all has none of; `is_begun` says that this is the
    rest of work whose first part stands already. None is under `least` if there are several. Raises CannotBeCut.
    """
    if work <= 0:
        return ()
    room, further = longest - (set_up if is_begun else 0), longest - set_up
    if work <= room:
        return (work,)
    if min(room, further) < max(1, least):
        raise CannotBeCut(f"A part may be {longest} minutes long, which is less than the least part and its set-up.")
    count = 1 - (room - work) // further
    spare = work - count * least
    if spare < 0:
        raise CannotBeCut(f"{count} parts of at least {least} minutes are longer than the work.")
    lengths = []
    for number in range(count):
        more = min(spare, (further if number else room) - least)
        spare -= more
        lengths.append(least + more)
    return tuple(lengths)
