"""Passkeys as a second step (WebAuthn), by the library of a maker of keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
)

from assignments import models
from assignments.services.records import auditing, refusals

Kind = models.SecondStep.Kind


class PasskeyRefused(refusals.Refusal):
    """The browser's answer is not of the question that was put to it, or not of a key of this person."""

    code = "passkey-refused"
    next_step = "Try again, with a key that belongs to this account."


def of(user: Any) -> list[models.SecondStep]:
    return list(models.SecondStep.objects.filter(user=user, kind=Kind.PASSKEY))


def begin_adding(*, user: Any, host: str) -> tuple[dict[str, Any], Any]:
    """The question for the browser, and what the session keeps of it."""
    person = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.get_username(), display_name=refusals.person(user)
    )
    options, state = _server(host).register_begin(person, [_credential(one) for one in of(user)])
    return dict(options.public_key), state


@transaction.atomic
def add(*, user: Any, host: str, state: Any, answer: str, name: str, by: Any, now: datetime) -> models.SecondStep:
    """Raises PasskeyRefused."""
    try:
        data = _server(host).register_complete(state, _read(answer))
    except _BAD as error:
        raise PasskeyRefused("The passkey could not be added.") from error
    credential = data.credential_data
    if credential is None or any(_credential(one).credential_id == credential.credential_id for one in of(user)):
        raise PasskeyRefused("This passkey is there already.")
    row = models.SecondStep.objects.create(
        user=user, kind=Kind.PASSKEY, name=name.strip()[:60] or "Passkey", secret=websafe_encode(bytes(credential)),
        counter=data.counter, added_at=now,
    )  # fmt: skip
    after = {"user": user.get_username(), "kind": row.kind, "name": row.name}
    auditing.record(verb="second-step.added", row=row, by=by, now=now, after=after)
    return row


def begin_asking(*, user: Any, host: str) -> tuple[dict[str, Any], Any]:
    """The question for the browser, and what the session keeps of it."""
    options, state = _server(host).authenticate_begin([_credential(one) for one in of(user)])
    return dict(options.public_key), state


@transaction.atomic
def check(*, user: Any, host: str, state: Any, answer: str, now: datetime) -> models.SecondStep:
    """The passkey that has answered. Raises PasskeyRefused, also for a copy of a key, which has counted less far."""
    rows = {_credential(one).credential_id: one for one in of(user)}
    try:
        said = _read(answer)
        used = _server(host).authenticate_complete(state, [_credential(one) for one in rows.values()], said)
        counter = AuthenticationResponse.from_dict(said).response.authenticator_data.counter
    except _BAD as error:
        raise PasskeyRefused("The passkey was not accepted.") from error
    row = rows[used.credential_id]
    # Keys that do not count say 0 each time.
    alike = (
        models.SecondStep.objects.filter(pk=row.pk, counter__lt=counter)
        if counter
        else (models.SecondStep.objects.filter(pk=row.pk, counter=0))
    )
    if not alike.update(counter=counter, used_at=now):
        raise PasskeyRefused("The passkey was not accepted: it seems to be a copy.")
    return row


# Of what a browser sends, anything may be wrong; the library has an error for each.
_BAD = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="Lineup"))


def _credential(row: models.SecondStep) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(row.secret))


def _read(answer: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(answer)
    return read
