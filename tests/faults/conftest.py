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


@pytest.fixture(params=[4, pytest.param(10, marks=pytest.mark.long)], ids="{} seconds".format)
def away(request: pytest.FixtureRequest) -> float:
    """For how long a service is away."""
    return float(request.param)
