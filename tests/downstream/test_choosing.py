"""The adapter of a system is one that is built in, or one of an installed package."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from assignments.downstream import messages, outcomes, seam, trouble
from assignments.downstream.adapters import choosing, contract
from tests import factories

SET_UP = seam.SetUp(address="http://work:8080", kind=messages.System.WORK)


class SoapAdapter(contract.ContractAdapter):
    """Of a package of its own."""

    def faults(self) -> list[str]:
        return ["Name its WSDL."]


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = {"soap": f"{__name__}:SoapAdapter", "gone": "no_such_package:It", "odd": f"{__name__}:SET_UP"}
    found = [EntryPoint(name, value, choosing.GROUP) for name, value in offered.items()]
    monkeypatch.setattr(choosing, "_installed", lambda: {one.name: one for one in found})


def test_the_contract_is_built_in() -> None:
    assert isinstance(choosing.made("contract", SET_UP), contract.ContractAdapter)


@pytest.mark.usefixtures("_installed")
def test_a_package_brings_another() -> None:
    assert type(choosing.made("soap", SET_UP)).__name__ == "SoapAdapter"
    assert [name for name, _ in choosing.choices()][-3:] == ["gone", "odd", "soap"]


def test_an_installed_package_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lineup_acme.py").write_text(
        "from assignments.downstream.adapters.contract import ContractAdapter\nclass Acme(ContractAdapter): pass\n"
    )
    told = tmp_path / "lineup_acme-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: lineup-acme\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[lineup.adapters]\nacme = lineup_acme:Acme\n")
    monkeypatch.syspath_prepend(tmp_path)
    choosing._installed.cache_clear()
    try:
        assert ("acme", "acme, of lineup_acme:Acme") in choosing.choices()
        assert type(choosing.made("acme", SET_UP)).__name__ == "Acme"
    finally:
        choosing._installed.cache_clear()


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("corba", "the adapter corba is not installed where this runs"),
        ("gone", "the adapter gone cannot be loaded: ModuleNotFoundError"),
        ("odd", "the adapter odd is no adapter"),
    ],
)
def test_one_that_cannot_be_had_is_named(name: str, why: str) -> None:
    with pytest.raises(trouble.SystemUnavailable, match=why) as caught:
        choosing.made(name, SET_UP)

    assert isinstance(outcomes.outcome_of(caught.value), outcomes.Unusable)


@pytest.mark.usefixtures("_installed")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"adapter": "soap"}, "manifest", "Name its WSDL."),
        ({"adapter": "gone"}, "adapter", "cannot be loaded"),
        ({"manifest": {"a": 1}}, "manifest", "has no settings"),
    ],
)
def test_settings_are_looked_at_by_the_adapter(values: dict[str, Any], field: str, why: str) -> None:
    row = factories.DownstreamSystemFactory.build(code="work", **values)

    with pytest.raises(ValidationError) as caught:
        row.full_clean()

    assert why in str(caught.value.message_dict[field])
