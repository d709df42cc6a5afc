"""A passkey in software: answers what a browser would be asked, and counts as a key does."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ORIGIN = "https://testserver"
PRESENT = AuthenticatorData.FLAG.UP
WITH_CREDENTIAL = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT


class SoftKey:
    def __init__(self, *, counts: bool = True) -> None:
        self.id, self.key = os.urandom(16), ec.generate_private_key(ec.SECP256R1())
        self.counts, self.counter = counts, 0

    def create(self, options: Mapping[str, Any], *, origin: str = ORIGIN) -> str:
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(bytes(16), self.id, public)
        data = AuthenticatorData.create(_hash(options["rp"]["id"]), WITH_CREDENTIAL, self._count(), bytes(credential))
        said = _client_data("webauthn.create", options, origin)
        made = AttestationObject.create("none", data, {})
        return self._answer(said, attestationObject=websafe_encode(bytes(made)))

    def get(self, options: Mapping[str, Any], *, origin: str = ORIGIN) -> str:
        data = AuthenticatorData.create(_hash(options["rpId"]), PRESENT, self._count())
        said = _client_data("webauthn.get", options, origin)
        signature = self.key.sign(bytes(data) + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            said, authenticatorData=websafe_encode(bytes(data)), signature=websafe_encode(signature), userHandle=None
        )

    def _count(self) -> int:
        self.counter += self.counts
        return self.counter

    def _answer(self, said: bytes, **response: Any) -> str:
        name = websafe_encode(self.id)
        return json.dumps({
            "id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {},
            "response": {"clientDataJSON": websafe_encode(said)} | response,
        })  # fmt: skip


def _client_data(kind: str, options: Mapping[str, Any], origin: str) -> bytes:
    return bytes(CollectedClientData.create(kind, websafe_decode(options["challenge"]), origin))


def _hash(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()
