from __future__ import annotations

import threading

import pytest

from assignments.downstream import client, tracing
from tests.downstream.conftest import ScriptedSystem, acknowledged

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ARABIC = "\u0661"
MANAGERS = f"00-{TRACE}-{PARENT}-01"


@pytest.mark.parametrize(
    ("header", "is_sampled"),
    [(MANAGERS, True), (f"00-{TRACE}-{PARENT}-00", False), (f"00-{TRACE}-{PARENT}-fe", False),
     (f"cc-{TRACE}-{PARENT}-01", True), (f"cc-{TRACE}-{PARENT}-01-what-comes-later", True)],
)  # fmt: skip
def test_a_trace_is_taken_up(header: str, is_sampled: bool) -> None:
    assert tracing.read(header) == tracing.Trace(TRACE, is_sampled)


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{PARENT}-01",
     f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01-more", f"00-{TRACE}-{PARENT}-01-", f"{MANAGERS}\n",
     f"cc-{TRACE}-{PARENT}-01.more", f"cc-{TRACE}-{PARENT}-01-{'x' * 300}", f"{MANAGERS},{MANAGERS}",
     f"00-{ARABIC * 32}-{PARENT}-01", f"00-{TRACE}-{PARENT}", f"00-{TRACE}-{PARENT}-0g"],
)  # fmt: skip
def test_any_other_is_ignored(header: str) -> None:
    assert tracing.read(header) is None


def test_it_holds_inside_its_block_and_in_no_other_thread() -> None:
    seen: list[tracing.Trace | None] = []
    outer, inner = tracing.begun(), tracing.begun()

    with tracing.within(outer):
        with tracing.within(inner):
            seen.append(tracing.current())
        other = threading.Thread(target=lambda: seen.append(tracing.current()))
        other.start()
        other.join()
        seen.append(tracing.current())

    assert [*seen, tracing.current()] == [inner, None, outer, None]


def test_a_system_is_told_the_trace_with_an_id_for_each_exchange(system: ScriptedSystem) -> None:
    system.answer(acknowledged(), acknowledged(), acknowledged())
    trace = tracing.Trace(TRACE, is_sampled=True)

    with client.Client(base_url=system.url) as http:
        for told in (trace.header(), trace.header(), ""):
            http.book(payload={}, key="k-1", traceparent=told)

    one, two, without = system.asked
    assert tracing.read(one.headers["traceparent"]) == tracing.read(two.headers["traceparent"]) == trace
    assert one.headers["traceparent"] != two.headers["traceparent"]
    assert "traceparent" not in without.headers
