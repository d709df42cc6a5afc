from __future__ import annotations

from django.db import models


class FileColumn(models.Model):
    """A column that files of a table call otherwise than Lineup does; remembered when such a file was imported."""

    table = models.CharField(max_length=100)
    """The table's name as its model has it."""
    theirs = models.CharField("in the file", max_length=200)
    ours = models.CharField(
        "read as", max_length=100, blank=True, help_text="The column that it is read as. Empty: it is left out."
    )

    class Meta:
        ordering = ["table", "theirs"]
        verbose_name = "column of files"
        verbose_name_plural = "columns of files"
        constraints = [models.UniqueConstraint(fields=["table", "theirs"], name="a_column_is_read_in_one_way")]

    def __str__(self) -> str:
        return f"{self.theirs} → {self.ours or 'left out'}"
