from __future__ import annotations

import getpass
import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assignments.services import administrators


class Command(BaseCommand):
    help = (
        "Makes the first account of an installation, which may open the administration. Asks for the password; where "
        "there is no terminal, it is the first line of standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="", help="default: none")
        parser.add_argument("--generate", action="store_true", help="make a password, and print it once")

    def handle(self, *, username: str, email: str, generate: bool, **options: Any) -> None:
        try:
            # Before somebody thinks of a password.
            administrators.refuse_if_there_is_one()
            password = secrets.token_urlsafe(18) if generate else _asked_for()
            administrators.make_first(username=username, email=email, password=password, now=timezone.now())
        except administrators.AdministratorRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{username} may now open the administration, at /admin/.")
        if generate:
            self.stdout.write(f"Password, shown this once: {password}")


def _asked_for() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise CommandError("These are not the same. Nothing was stored.")
    return first
