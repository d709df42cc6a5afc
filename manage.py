#!/usr/bin/env python
"""Django's command line for Lineup."""

import os
import sys


def main() -> int:
    # A database, a log or a file of an export is its owner's alone.
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
    try:
        from scheduler_site import command_line
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed here. Use .venv/bin/python, or install requirements.txt first.")
    return command_line.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
