from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers


@pytest.fixture
def postgres() -> Iterator[servers.Postgres]:
    """A cluster that keeps what it confirmed: what it may forget in a crash was not committed."""
    servers.need("postgresql")
    with servers.postgres_server(synchronous_commit="on") as server:
        yield server
