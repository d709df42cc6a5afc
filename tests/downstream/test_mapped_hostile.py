"""Whatever a mapped system sends, each record is taken or refused by itself."""

from __future__ import annotations

import json
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assignments.downstream import messages, seam
from assignments.downstream.adapters.mapped import adapter, expressions
from assignments.downstream.messages import Resource, System
from tests.downstream.foreign import examples
from tests.downstream.foreign.maximo import work_order
from tests.downstream.foreign.outages import incident

CELLS = ("Permit No", "Type", "State", "Job", "From", "To", "Office")
PERMIT = dict(zip(CELLS, ("P-1", "Dig", "granted", "J-1", "15/06/2026 07:00", "16/06/2026 07:00", ""), strict=True))
GOOD = {Resource.ORDERS: work_order("WO-1"), Resource.OUTAGES: incident(1), Resource.PERMITS: PERMIT}
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
    | st.sampled_from([
        "", " ", "0000-00-00", "9999-12-31T23:59:59", "0001-01-01", "1:30", "-1:30", "99999:59", "\ud83d", "a\x00b",
        10**400, -(10**30), 1e308, "31/12/9999 23:59", "01/01/0001 00:00", "29/02/2025 10:00", "nan", "inf",
        "1e999", [[]], {},
    ]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def of(resource: Resource) -> adapter.MappedAdapter:
    kind = System.WORK if resource is Resource.ORDERS else System.PERMITS
    manifest = json.dumps(examples.manifest("maximo" if kind is System.WORK else "outage-service"))
    return adapter.MappedAdapter(seam.SetUp(address="http://there", kind=kind, manifest=manifest))


ADAPTERS = {resource: of(resource) for resource in GOOD}


@st.composite
def records(draw: st.DrawFn) -> tuple[Resource, Any]:
    """A good record with odd values, or something else altogether."""
    resource = draw(st.sampled_from(list(GOOD)))
    if draw(st.integers(0, 9)) == 0:
        return resource, draw(ODD)
    odd = json.loads(json.dumps(GOOD[resource]))
    for name in draw(st.sets(st.sampled_from(sorted(odd)), min_size=1, max_size=3)):
        if isinstance(odd[name], list) and draw(st.booleans()):
            odd[name].append({**odd[name][0], draw(st.sampled_from(sorted(odd[name][0]))): draw(ODD)})
        else:
            odd[name] = draw(ODD)
    return resource, odd


@settings(max_examples=200, deadline=None)
@given(records())
def test_each_is_taken_or_refused_with_a_reason(drawn: tuple[Resource, Any]) -> None:
    resource, item = drawn

    pieces = list(seam.pieces(
        [item, GOOD[resource]], lambda: 9, lambda one, place: ADAPTERS[resource].understood(resource, one, place)
    ))  # fmt: skip

    [piece] = pieces
    assert len(piece.records) + len(piece.refused) == 2
    assert isinstance(piece.records[-1], messages.MESSAGES[resource])
    for bad in piece.refused:
        assert bad.reason
        assert len(bad.field) <= 100
        assert bad.raw.isascii()
    for good in piece.records:
        json.dumps(good.model_dump(mode="json"), allow_nan=False).encode()


@pytest.mark.parametrize("expression", ["a", "a.b", "a.b.c", "_x.y1", "true", "length"])
@given(st.dictionaries(st.sampled_from(["a", "b", "c", "_x", "y1", "true", "length"]), ODD, max_size=3))
def test_the_short_way_to_a_name_is_the_long_one(expression: str, document: Any) -> None:
    nested = {"a": document, **document}

    assert repr(expressions.search(expression, nested)) == repr(jmespath.search(expression, nested))
