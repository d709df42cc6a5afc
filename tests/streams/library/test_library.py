"""django-eventstream and the packages of a GRIP proxy: what others rely on, and where they are loaded."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string
from django_eventstream import utils
from django_eventstream.channelmanager import ChannelManagerBase
from django_eventstream.storage import StorageBase

from notifications.streams.fanout import channels
from tests.project import house

# A whole web process and a whole worker: the application with its middleware, every view, and the worker's loops.
LOADED = """
import sys
from scheduler_site.wsgi import application
from django.urls import get_resolver
from assignments.tasks import worker
assert get_resolver().url_patterns
packages = {"django_eventstream", "django_grip", "gripcontrol", "pubcontrol"}
print(" ".join(sorted(packages & set(sys.modules))))
"""
PROXY = {"GRIP_URL": "http://127.0.0.1:5561", "GRIP_KEY": "k" * 32}


def loaded(environment: dict[str, str], tmp_path: Path) -> list[str]:
    """The packages that a process has loaded which nothing but `environment` configures."""
    needed = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'lineup.sqlite3'}", "PATH": os.environ["PATH"]}
    # Set but empty: a developer's .env must not answer for what the test leaves out.
    clean = dict.fromkeys(house.listed_variables(), "") | needed | environment
    process = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=house.ROOT, env=clean, capture_output=True, text=True, check=True
    )
    return process.stdout.split()


@pytest.mark.once
class TestLoaded:
    def test_no_process_without_a_proxy_loads_any_of_them(self, tmp_path: Path):
        assert loaded({}, tmp_path) == []

    def test_a_proxy_brings_its_own_and_no_more(self, tmp_path: Path):
        assert loaded(PROXY, tmp_path) == ["django_grip", "gripcontrol", "pubcontrol"]


class TestContract:
    @pytest.mark.parametrize(
        ("setting", "contract"),
        [("EVENTSTREAM_CHANNELMANAGER_CLASS", ChannelManagerBase), ("EVENTSTREAM_STORAGE_CLASS", StorageBase)],
    )
    def test_has_every_method_with_the_same_arguments(self, setting: str, contract: type):
        ours = import_string(getattr(settings, setting))

        methods = inspect.getmembers(contract, inspect.isfunction)
        assert methods
        for name, theirs in methods:
            assert list(inspect.signature(getattr(ours, name)).parameters) == list(inspect.signature(theirs).parameters)

    def test_the_library_asks_the_manager_that_our_streams_ask(self):
        assert type(utils.get_channelmanager()) is type(channels.manager()) is channels.ChannelManager

    def test_an_installation_may_put_its_own_in_its_place(self, settings):
        settings.EVENTSTREAM_CHANNELMANAGER_CLASS = "django_eventstream.channelmanager.DefaultChannelManager"

        assert channels.can_read(None, "anything")
