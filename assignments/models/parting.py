"""Columns of work that may be longer than a shift: the owner's terms for cutting it, and the parts it was cut into."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q


class Parted(models.Model):
    """An order that is the whole, one of its parts, or like most orders neither.

    Parts are rows that `services.inputs.parting` makes and keeps like the whole; nobody else writes these columns.
    """

    class Splitting(models.TextChoices):
        NO = "NO", "Not split"
        SAME_CREW = "SAME_CREW", "Split, same crew"
        HAND_OVER = "HAND_OVER", "Split, crews may hand over"

    splitting = models.CharField(
        max_length=10, choices=Splitting, default=Splitting.SAME_CREW, db_default=Splitting.SAME_CREW,
        help_text="Whether work that is longer than a shift may be done in parts, and whether by several crews.",
    )  # fmt: skip
    least_part_minutes = models.PositiveIntegerField(
        "least part in minutes", default=120, db_default=120, validators=[MinValueValidator(5)],
        help_text="No part is shorter.",
    )  # fmt: skip
    set_up_minutes = models.PositiveIntegerField(
        "set-up in minutes",
        default=30,
        db_default=30,
        help_text="What each part after the first takes beside its work.",
    )
    parts_done = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many of its parts the field has finished, as work management says."
    )
    kept_whole_at = models.PositiveIntegerField(null=True, blank=True, editable=False)
    """Minutes of work at which a manager put its parts together again; while it takes as long, it stays whole."""
    part_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="split_parts"
    )
    """The whole."""
    part = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    """Its number among the parts; 0 for an order that is none."""
    parts_in_all = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    """Of the whole and of each part: how many parts there are. A part of a higher number has been withdrawn."""

    class Meta:
        abstract = True

    @property
    def is_split(self) -> bool:
        """Whether its parts are planned in its place."""
        return self.part == 0 and self.parts_in_all > 0

    @property
    def work_minutes(self) -> int:
        """Minutes of work, without the set-up that a part takes beside it."""
        minutes: int = self.duration_minutes  # type: ignore[attr-defined]  # a column of the order
        return minutes - (self.set_up_minutes if self.part > 1 else 0)

    @property
    def part_label(self) -> str:
        """`part 2 of 3`; empty for an order that is no part."""
        return f"part {self.part} of {self.parts_in_all}" if self.part else ""

    @property
    def label(self) -> str:
        """The number as pages show it: `W-100014 · part 2 of 3`."""
        number: str = self.number  # type: ignore[attr-defined]  # a column of the order
        return f"{number.rpartition('.')[0]} · {self.part_label}" if self.part else number


CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(part=0, part_of__isnull=True) | Q(part__gt=0, part_of__isnull=False), name="order_part_has_a_whole"
    ),
    models.UniqueConstraint(
        fields=["part_of", "part"], condition=Q(part__gt=0), name="order_part_of_a_whole_is_numbered_once"
    ),
    models.CheckConstraint(condition=Q(least_part_minutes__gte=5), name="order_least_part_is_some_work"),
]


WORKABLE = Q(part__gt=0) | Q(parts_in_all=0)
"""Work that crews do: of split work the parts and not the whole."""
LAST = Q(part=F("parts_in_all"))
"""Each piece of work once, by the row with which it ends: orders that are not split, and last parts."""
