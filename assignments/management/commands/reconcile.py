from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assignments import models
from assignments.presenters.registers import books
from assignments.services.reconciling import comparing, repairing
from assignments.tasks import process

DIFFERENT, UNREAD = 1, 2
"""Exit codes: something differs; a book could not be read, whatever the others say."""

Status = models.BookComparison.Status


class Command(BaseCommand):
    help = (
        "Compares the book of each downstream system with what it was told. Exits with 0 when nothing differs, "
        "with 1 when something does, and with 2 when a book could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("systems", nargs="*", help="codes of systems; all that are told of decisions without any")
        parser.add_argument(
            "--repair", action="store_true", help="tell anew what differs: a worker sends it, in order with the rest"
        )

    def handle(self, *, systems: list[str], repair: bool, **options: Any) -> None:
        codes = {0}
        for target in _targets(systems):
            codes.add(self._compare(target, repair))
        if code := max(codes):
            sys.exit(code)

    def _compare(self, target: models.DownstreamSystem, repair: bool) -> int:
        asked = comparing.ask_for(target=target, now=timezone.now())
        claimed = comparing.claim(owner=process.owner(), now=timezone.now(), pk=asked.pk)
        if claimed is None:
            self.stdout.write(f"{target}: a worker compares its book just now; try again in a minute.")
            return UNREAD
        ended = comparing.compare(comparison=claimed, owner=process.owner(), now_fn=timezone.now)
        if ended.status != Status.DONE:
            self.stdout.write(f"{target}: {ended.error}.")
            return 0 if ended.status == Status.NOT_SERVED else UNREAD
        self.stdout.write(f"{target}: {', '.join(books.counted(ended))}.")
        number = self._list(ended)
        if repair:
            self._repair(ended)
        return DIFFERENT if number else 0

    def _list(self, comparison: models.BookComparison) -> int:
        by_district: dict[str, list[str]] = defaultdict(list)
        differences = comparison.differences.select_related("district", "order").order_by("district__code", "pk")
        for one in differences:
            name = str(one.district) if one.district else "Of no district"
            by_district[name].append(books.sentence(one, one.district.zone if one.district else UTC))
        for name, sentences in by_district.items():
            self.stdout.write(f"  {name}")
            for sentence in sentences:
                self.stdout.write(f"    {sentence}")
        return sum(map(len, by_district.values()))

    def _repair(self, comparison: models.BookComparison) -> None:
        repairing.ask_all(comparison=comparison, now=timezone.now())
        while repairing.go_on(now=timezone.now()):
            pass
        told = comparison.differences.filter(write_back__isnull=False).count()
        left = comparison.differences.filter(write_back__isnull=True).count()
        self.stdout.write(f"  Told again: {told}, by a worker. Left alone: {left}.")


def _targets(codes: list[str]) -> list[models.DownstreamSystem]:
    told = models.DownstreamSystem.objects.filter(enabled=True, is_target=True).order_by("code")
    found = list(told.filter(code__in=codes) if codes else told)
    if unknown := sorted(set(codes) - {one.code for one in found}):
        raise CommandError(f"No enabled system that is told of decisions has the code {' or '.join(unknown)}.")
    return found
