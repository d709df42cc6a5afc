"""`make demo`: everything Lineup needs on one machine, ended by one Ctrl-C."""

from __future__ import annotations

import signal


def main() -> int:
    # Python would answer a Ctrl-C during the imports with where it was; nothing has been started by then.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from scheduler_site.demo import beginning

    return beginning.main()


if __name__ == "__main__":
    raise SystemExit(main())
