from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assignments import models
from assignments.downstream import seam
from assignments.services.following import checking

LISTED = 10
"""Refused records that are printed of a collection."""


class Command(BaseCommand):
    help = (
        "Asks a downstream system once for each collection and prints what would be made of the answer; nothing is "
        "stored. Exits with 1 when a collection cannot be read or a record is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("system", help="its code")
        parser.add_argument(
            "--district", default="", help="code of the district that is asked for; the first unless said"
        )
        parser.add_argument("--answers", action="store_true", help="print the answers as they came, too")

    def handle(self, *, system: str, district: str, answers: bool, **options: Any) -> None:
        row = models.DownstreamSystem.objects.filter(code=system).first()
        if row is None:
            raise CommandError(f"There is no system with the code {system}.")
        is_well = True
        for resource in checking.resources(system=row):
            finding = checking.check(
                system=row, resource=resource, scope=_scope(row, district), by="manage.py", now=timezone.now()
            )
            is_well &= self._say(finding, answers)
        for preview in checking.previews(system=row):
            self.stdout.write(f"{preview.subject}: {preview.error or 'it would be told so:'}")
            self._indented(preview.request)
        if not is_well:
            sys.exit(1)

    def _say(self, finding: seam.Finding, answers: bool) -> bool:
        """Whether all is well."""
        counted = f"{len(finding.records)} to be taken, {len(finding.refused)} refused"
        self.stdout.write(f"{finding.subject}: {finding.error or counted + '.'}")
        self._indented(finding.request)
        for one in finding.refused[:LISTED]:
            self.stdout.write(f"  {one.name}: {one.reason}")
        if answers:
            self._indented(finding.answer)
        return not (finding.error or finding.refused)

    def _indented(self, text: str) -> None:
        for line in text.splitlines():
            self.stdout.write(f"    {line}".rstrip())


def _scope(system: models.DownstreamSystem, district: str) -> str:
    if system.answers_for == system.AnswersFor.ALL:
        return ""
    codes = models.District.objects.order_by("code").values_list("code", flat=True)
    if district and district not in codes:
        raise CommandError(f"There is no district with the code {district}.")
    return district or next(iter(codes), "")
