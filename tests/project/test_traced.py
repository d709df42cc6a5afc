"""Requests belong to a trace, which answers and the log name."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from assignments.downstream import tracing
from scheduler_site.log_lines import LogLines

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
THEIRS = f"00-{TRACE}-00f067aa0ba902b7-01"


def answered(header: str | None) -> str:
    headers = {"traceparent": header} if header is not None else {}
    return str(Client(headers=headers).get("/login/").headers["traceparent"])


@pytest.mark.django_db
def test_an_answer_names_the_trace_of_its_request_under_an_id_of_ours() -> None:
    assert tracing.read(answered(THEIRS)) == tracing.Trace(TRACE, is_sampled=True)
    assert answered(THEIRS) != THEIRS
    assert tracing.current() is None


@pytest.mark.django_db
@pytest.mark.parametrize("header", [None, f"00-{'0' * 32}-00f067aa0ba902b7-01", "<script>" * 4000])
def test_a_request_without_one_gets_one(header: str | None) -> None:
    named = tracing.read(answered(header))

    assert named not in {None, tracing.Trace(TRACE, is_sampled=True)}


@pytest.mark.django_db
def test_refusals_carry_it_too() -> None:
    refused: Any = Client(headers={"traceparent": THEIRS}).get("/api/v1/orders/")

    assert (refused.status_code, TRACE in refused.headers["traceparent"]) == (401, True)


class TestLines:
    formatter = LogLines("{levelname} {name}: {message}", style="{")

    def line(self, **extra: Any) -> str:
        record = logging.makeLogRecord({"name": "lineup", "levelname": "INFO", "msg": "done", **extra})
        return self.formatter.format(record)

    def test_name_the_trace_that_they_are_written_for(self) -> None:
        with tracing.within(tracing.Trace(TRACE)):
            assert self.line() == f"INFO lineup: done [{TRACE}]"
        assert self.line() == "INFO lineup: done"

    @pytest.mark.django_db
    def test_name_that_of_a_request_which_is_over(self) -> None:
        request = Client(headers={"traceparent": THEIRS}).get("/login/").wsgi_request

        assert self.line(request=request).endswith(f"[{TRACE}]")
