"""Outages of a feature service and permits of a file are followed by a manifest, over TLS, into rows."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from assignments import models
from assignments.services.following import rereading
from tests import factories
from tests.downstream.foreign import examples, serving
from tests.downstream.foreign.outages import incident
from tests.downstream.foreign.serving import ForeignSystem
from tests.factories import NOW
from tests.services.following.calls import again, follow, followed

pytestmark = [pytest.mark.django_db, pytest.mark.serial]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of the utility's own authority: its own, and that of the server."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    return folder / "ca.pem", folder / "server.pem"


@pytest.fixture(scope="module")
def outages(certificates: tuple[Path, Path]) -> Iterator[ForeignSystem]:
    ca, server = certificates
    with serving.running("outages", verify=_trusting(ca), FOREIGN_CERTIFICATE=str(server)) as system:
        yield system


def _trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(examples.OUTAGES_KEY.items())))


def order(number: int) -> models.WorkOrder:
    return models.WorkOrder.objects.get(number=f"WO-{number}")


class TestOutages:
    @pytest.fixture(autouse=True)
    def _set_up(self, outages: ForeignSystem, district: models.District, certificates: tuple[Path, Path]) -> None:
        examples.permits(outages, ca_file=str(certificates[0]))
        for number in range(1, 30):
            factories.OrderFactory(district=district, number=f"WO-{number}", kind="TROUBLE")

    def test_permits_out_of_a_file_and_outages_of_a_feature_service_become_ours(self) -> None:
        assert follow()

        assert followed("permits").detail == ""
        first, second = models.Permit.objects.order_by("number")
        assert (first.kind, first.status, first.authority) == ("EXCAVATION", "ISSUED", "One-call")
        assert (second.kind, second.status, second.order.number) == ("TRAFFIC", "SUSPENDED", "WO-2")
        assert first.valid_from.isoformat() == "2026-06-15T12:00:00+00:00"
        assert models.Outage.objects.count() == 3
        outage = models.Outage.objects.get(source_reference="I-1")
        assert (outage.customers_out, outage.started_at.isoformat()) == (138, "2026-06-15T16:00:00+00:00")
        assert order(1).customers_out == 138

    def test_a_full_list_ends_what_it_no_longer_has(self, outages: ForeignSystem) -> None:
        outages.set(incidents=[incident(number) for number in range(1, 21)])
        follow()
        outages.set(incidents=[incident(number) for number in range(3, 21)])

        again(NOW + timedelta(minutes=1))

        assert models.Outage.objects.exclude(restored_at=None).count() == 2
        assert order(1).customers_out == 0

    def test_more_than_a_fifth_at_once_is_asked_about(self, outages: ForeignSystem) -> None:
        outages.set(incidents=[incident(number) for number in range(1, 21)])
        follow()
        outages.set(incidents=[incident(1)])

        again(NOW + timedelta(minutes=1))

        assert models.Outage.objects.exclude(restored_at=None).count() == 0
        assert followed("permits").missing["outages:"]["count"] == 19

    def test_an_error_with_status_200_is_no_empty_list(self, outages: ForeignSystem) -> None:
        follow()
        outages.set(error="Unable to complete operation.")

        again(NOW + timedelta(minutes=1))

        assert "Unable to complete operation." in followed("permits").detail
        assert models.Outage.objects.filter(restored_at=None).count() == 3

    @pytest.mark.parametrize("body", ["", "<html>please sign in</html>", "Nr;Art\n1;Dig"])
    def test_what_is_no_such_file_ends_nothing(self, outages: ForeignSystem, body: str) -> None:
        follow()
        outages.set(permits=body)

        again(NOW + timedelta(minutes=1))

        assert "answered with something else than agreed (no CSV" in followed("permits").detail
        assert not models.Permit.objects.filter(status="CANCELLED").exists()

    def test_a_row_whose_cells_have_slipped_is_refused_alone(self, outages: ForeignSystem) -> None:
        heading = "Permit No;Type;State;Job;From;To;Office"
        odd = 'P-3;Dig;granted;WO-3;15/06/2026 07:00;16/06/2026 07:00;"Unquoted; office";more'
        wrong_day = "P-4;Dig;granted;WO-4;31/31/2026 07:00;16/06/2026 07:00;"
        good = f"P-5;Dig;granted;WO-5;15/06/2026 07:00;16/06/2026 07:00;{'x' * 200_000}"
        outages.set(permits=f"{heading}\n{odd}\n{wrong_day}\n{good}")

        follow()

        assert set(models.Permit.objects.values_list("number", flat=True)) == {"P-5"}
        reasons = set(models.RefusedRecord.objects.values_list("reason", flat=True))
        assert "has more cells than the first line has names" in reasons
        assert "valid.start: “31/31/2026 07:00” is not a time as %d/%m/%Y %H:%M has them" in reasons

    def test_everything_can_be_read_again(self, outages: ForeignSystem, mara: Any) -> None:
        follow()
        outages.set(incidents=[incident(1, CUST_K=0.5, LAST_EDIT=1_000)])
        rereading.read_again(system=models.DownstreamSystem.objects.get(), by=mara, now=NOW)

        again(NOW + timedelta(minutes=1))

        assert models.Outage.objects.get(source_reference="I-1").customers_out == 500
