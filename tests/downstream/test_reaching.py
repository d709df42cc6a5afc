"""Ways to a system: certificates of a utility's own authority, a certificate to show, a proxy, and no way inwards."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.test import Client

from assignments.downstream import client, outbound, reaching, trouble
from tests import factories
from tests.downstream.raw import RawSystem, Script
from tests.views.adminforms import form_of, save

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\nConnection: close\r\n\r\n{"reference": "B1"}'


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    """Certificates as an operator puts them beside the worker."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    shown = authority.issue_cert("lineup.utility.example")
    shown.cert_chain_pems[0].write_to_path(tmp_path / "lineup.pem")
    shown.private_key_pem.write_to_path(tmp_path / "lineup.key")
    shown.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    (tmp_path / "no.pem").write_text("nothing of the kind")
    return {path.name: str(path) for path in tmp_path.iterdir()}


@pytest.fixture
def serve() -> Iterator[Callable[[Script], RawSystem]]:
    begun: list[RawSystem] = []

    def begin(script: Script) -> RawSystem:
        begun.append(RawSystem(script))
        return begun[-1]

    yield begin
    for system in begun:
        system.close()


def answers(connection: socket.socket) -> bytes:
    """Answers one request, which it reads whole: what is left unread would cut the answer off. The request's head."""
    heard = b""
    while not heard.endswith(b"\r\n\r\n{}") and (piece := connection.recv(4096)):
        heard += piece
    connection.sendall(ANSWER)
    return heard


def behind_tls(authority: trustme.CA, *, asks: bool = False) -> Script:
    """A system with a certificate of the authority, which asks for one of the client if so."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)

    def script(connection: socket.socket, _: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            answers(secure)

    return script


def tell(address: str, **way: Any) -> outbound.Acknowledgement:
    with client.Client(base_url=address, timeout=60, reach=reaching.Reach(**way)) as system:
        return system.book(payload={}, key="k")


class TestCertificates:
    def test_of_a_utilitys_own_authority_are_trusted_where_it_is_named(
        self, authority: trustme.CA, files: dict[str, str], serve: Any
    ) -> None:
        address = f"https://{serve(behind_tls(authority)).address}"

        assert tell(address, ca_file=files["ca.pem"]).reference == "B1"
        with pytest.raises(trouble.SystemUnavailable, match="certificate is not trusted") as refused:
            tell(address)
        assert not refused.value.is_sent

    @pytest.mark.parametrize("names", [{"client_certificate": "both.pem"},
                                       {"client_certificate": "lineup.pem", "client_key": "lineup.key"}])  # fmt: skip
    def test_are_shown_to_a_system_that_asks(
        self, authority: trustme.CA, files: dict[str, str], serve: Any, names: dict[str, str]
    ) -> None:
        address = f"https://{serve(behind_tls(authority, asks=True)).address}"
        shown = {name: files[file] for name, file in names.items()}

        assert tell(address, ca_file=files["ca.pem"], **shown).reference == "B1"
        with pytest.raises(trouble.SystemUnavailable):
            tell(address, ca_file=files["ca.pem"])

    @pytest.mark.parametrize("name", ["ca_file", "client_certificate"])
    @pytest.mark.parametrize("file", ["no.pem", "gone.pem"])
    def test_that_cannot_be_used_are_named(self, files: dict[str, str], name: str, file: str) -> None:
        path = files.get(file, "/gone.pem")

        with pytest.raises(trouble.SystemUnavailable, match=f"certificates cannot be used: {path}"):
            tell("https://127.0.0.1:9", **{name: path})


class TestAProxy:
    def test_is_asked_for_what_is_not_encrypted(self, serve: Any) -> None:
        heard: list[bytes] = []
        proxy = serve(lambda connection, _: heard.append(answers(connection)))

        assert tell("http://work.utility.example:8080", proxy=f"http://{proxy.address}").reference == "B1"

        assert heard[0].startswith(b"POST http://work.utility.example:8080/api/bookings HTTP/1.1\r\n")

    def test_is_a_tunnel_for_what_is(self, authority: trustme.CA, files: dict[str, str], serve: Any) -> None:
        system = serve(behind_tls(authority))
        asked: list[bytes] = []
        proxy = serve(tunnel(asked))

        told = tell(f"https://{system.address}", ca_file=files["ca.pem"], proxy=f"http://{proxy.address}")

        assert told.reference == "B1"
        assert asked[0].startswith(f"CONNECT {system.address} HTTP/1.1\r\n".encode())


def tunnel(asked: list[bytes]) -> Script:
    def script(connection: socket.socket, _: threading.Event) -> None:
        asked.append(connection.recv(4096))
        host, port = asked[0].split()[1].decode().split(":")
        with socket.create_connection((host, int(port))) as beyond:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(beyond, connection))
            back.start()
            pump(connection, beyond)
            back.join(30)

    return script


def pump(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(4096):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)


class TestInwards:
    @pytest.mark.parametrize(
        "host",
        [
            "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "[::ffff:169.254.169.254]",
            "2852039166", "0xa9fea9fe", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "168.63.129.16",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
    def test_a_machines_own_network_is_refused(self, host: str, proxy: str) -> None:
        with pytest.raises(trouble.SystemUnavailable, match="machine's own network") as refused:
            tell(f"http://{host}:9", proxy=proxy)
        assert not refused.value.is_sent

    def test_it_is_taken_where_the_operator_says_so(self) -> None:
        with pytest.raises(trouble.SystemUnavailable) as refused:
            tell("http://[fe80::1]:9", link_local=True)
        assert "own network" not in str(refused.value)

    def test_a_host_that_is_none(self) -> None:
        with pytest.raises(trouble.SystemUnavailable, match="could not be reached"):
            tell("http://nobody.invalid")


@pytest.mark.parametrize(
    "address", ["http://work:8080", "https://work.utility.example", "http://127.0.0.1:9/api/v2", "http://[::1]:8080"]
)
def test_addresses_that_a_system_can_have(address: str) -> None:
    assert reaching.fault(address) == ""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://work", "http://"),
        ("work:8080", "http://"),
        ("", "http://"),
        ("file:///etc/passwd", "http://"),
        ("http://", "Name the host"),
        ("http://:8080", "Name the host"),
        ("http://work:port", "no address"),
        ("http://work:99999", "no address"),
        ("http://[::1", "no address"),
        ("http://ada:secret@work", "password"),
        ("http://works/?a=1", "Leave out"),
        ("http://work#a", "Leave out"),
        ("http://work /", "blanks"),
    ],
)
def test_addresses_that_no_system_can_have(address: str, words: str) -> None:
    assert words in reaching.fault(address)


class TestInTheAdministration:
    @pytest.fixture
    def ada(self, db: None) -> Client:
        ada = Client()
        ada.force_login(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
        return ada

    def test_a_host_of_one_label_is_taken(self, ada: Client) -> None:
        system = factories.DownstreamSystemFactory()

        save(ada, system, base_url="http://work:8080", proxy="http://proxy:3128")

        system.refresh_from_db()
        assert system.base_url == "http://work:8080"
        assert system.reach == reaching.Reach(proxy="http://proxy:3128")

    def test_what_is_no_address_is_refused_with_what_is_wrong(self, ada: Client) -> None:
        address, form = form_of(ada, factories.DownstreamSystemFactory())

        response = ada.post(address, form | {"base_url": "ftp://work"})

        assert response.context["adminform"].form.errors["base_url"] == ["Begin it with http:// or https://."]
