"""The people of the tests: they differ in rights, and every view, route and stream is tried with each of them."""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from assignments import models
from tests import clock, databases, factories

# Before anything asks for the time, here and in every process that a test starts.
clock.begin()

# Each client would read the list of the world's authorities anew: 30 ms of a core for every question whether a server
# answers by now. A context that a client is given, as the product's are, comes back as it is.
httpx._transports.default.create_ssl_context = functools.cache(httpx.create_ssl_context)  # type: ignore[attr-defined]

# Drawing and trying take as long as the machine needs. The same examples each time, as with CI=true anyway: a change is
# red for what it does. `make test-long` draws others.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow],
    derandomize="EXAMPLES_TIMES" not in os.environ, database=None,
)  # fmt: skip
settings.load_profile("patient")

DATABASE = {"db", "transactional_db", "django_db_setup"}
"""Fixtures of pytest-django that open the database."""


STARTS_SERVERS = ("browser", "faults", "serial")
"""Markers of tests that mostly wait for servers, those of the longest files first."""


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    for item in items:
        if item.get_closest_marker("django_db") or not DATABASE.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("database")
    yield
    # Behind pytest-randomly. The long files come first, and short ones fill up the cores at the end.
    places: dict[Path, int] = defaultdict(lambda: len(STARTS_SERVERS))
    for item in items:
        marked = [place for place, name in enumerate(STARTS_SERVERS) if item.get_closest_marker(name)]
        places[item.path] = min([places[item.path], *marked])
    items.sort(key=lambda item: places[item.path])


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """In place of pytest-django's, which would run the migrations in each process."""
    with django_db_blocker.unblock(), databases.own_copy():
        yield


@pytest.fixture(autouse=True, scope="session")
def _transactional_tests_end_quickly() -> None:
    TransactionTestCase._fixture_teardown = lambda case: databases.empty()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_stream_outlives_its_test() -> Iterator[None]:
    """Threads behind the streams of this process would go on with the limits and the log of an earlier test."""
    from notifications.streams.process import threads

    yield
    threads.shut_down()


@pytest.fixture
def now() -> datetime:
    """The fixed clock: a quarter of an hour before the day shift."""
    return factories.NOW


@pytest.fixture
def district(db: None) -> models.District:
    return factories.DistrictFactory(code="NORTH", name="North")


@pytest.fixture
def elsewhere(db: None) -> models.District:
    return factories.DistrictFactory(code="SOUTH", name="South")


@pytest.fixture
def mara(district: models.District) -> Any:
    """Assigning manager of the district."""
    return _member("mara", "Mara", "Lindqvist", district, models.Membership.Role.MANAGER)


@pytest.fixture
def jonas(district: models.District) -> Any:
    """The second assigning manager of the district."""
    return _member("jonas", "Jonas", "Okafor", district, models.Membership.Role.MANAGER)


@pytest.fixture
def vic(district: models.District) -> Any:
    """Viewer of the district."""
    return _member("vic", "Vic", "Moreau", district, models.Membership.Role.VIEWER)


@pytest.fixture
def stella(elsewhere: models.District) -> Any:
    """A stranger: assigning manager of another district."""
    return _member("stella", "Stella", "Park", elsewhere, models.Membership.Role.MANAGER)


def _member(username: str, first: str, last: str, district: models.District, role: str) -> Any:
    user = factories.UserFactory(username=username, first_name=first, last_name=last)
    factories.MembershipFactory(user=user, district=district, role=role)
    return user
