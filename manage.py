#!/usr/bin/env python
"""Django's command line for Lineup."""

import os
import sys


def main() -> None:
    # A database, a log or a file of an export is its owner's alone.
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
