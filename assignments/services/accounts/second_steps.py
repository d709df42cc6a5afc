"""Second steps of signing on: codes of an app (RFC 6238), recovery codes; passkeys are in `passkeys` beside."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import get_random_string

from assignments import models
from assignments.services.accounts.passwords import LETTERS
from assignments.services.accounts.scopes import require_not_above
from assignments.services.records import auditing, refusals, telling

CODES = 10
"""Recovery codes at a time."""
_SECONDS = 30
Kind = models.SecondStep.Kind


class WrongCode(refusals.Refusal):
    """The app and the server do not show the same."""

    code = "wrong-code"
    next_step = "Type the code that the app shows now; if it is refused again, check the clock of the telephone."


def has_any(user: Any) -> bool:
    """Whether the password alone lets the person in no more."""
    return models.SecondStep.objects.filter(user=user).exclude(kind=Kind.PAPER).exists()


def new_secret() -> str:
    return pyotp.random_base32()


def address_for_app(*, user: Any, secret: str) -> str:
    """The `otpauth:` address that an app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.get_username(), issuer_name="Lineup")


@transaction.atomic
def add_app(*, user: Any, secret: str, code: str, by: Any, now: datetime) -> models.SecondStep:
    """The app in place of an earlier one, once it has shown a code. Raises WrongCode."""
    step = _step_of(secret, code, now)
    if step is None:
        raise WrongCode("That is not the code of this app.")
    models.SecondStep.objects.filter(user=user, kind=Kind.APP).delete()
    made = models.SecondStep.objects.create(
        user=user, kind=Kind.APP, secret=_box().encrypt(secret.encode()).decode(), counter=step, added_at=now
    )
    auditing.record(verb="second-step.added", row=made, by=by, now=now, after=_told(made))
    return made


def is_right(*, user: Any, code: str, now: datetime) -> bool:
    """Whether the app shows the code and nobody has used it, or it is a recovery code, which is then used up."""
    code = "".join(code.split()).replace("-", "").lower()
    app = models.SecondStep.objects.filter(user=user, kind=Kind.APP).first()
    if app is not None and (secret := _opened(app.secret)) and (step := _step_of(secret, code, now)) is not None:
        # Conditional: of two who use one code at once, one is let in.
        newer = models.SecondStep.objects.filter(pk=app.pk, counter__lt=step)
        return bool(newer.update(counter=step, used_at=now))
    used, _ = models.SecondStep.objects.filter(user=user, kind=Kind.PAPER, secret=_digest(user, code)).delete()
    return bool(used)


@transaction.atomic
def new_codes(*, user: Any, by: Any, now: datetime) -> list[str]:
    """Recovery codes in place of all earlier ones; they are not kept and cannot be shown again."""
    models.SecondStep.objects.filter(user=user, kind=Kind.PAPER).delete()
    codes = [get_random_string(10, LETTERS) for _ in range(CODES)]
    rows = [models.SecondStep(user=user, kind=Kind.PAPER, secret=_digest(user, code), added_at=now) for code in codes]
    made = models.SecondStep.objects.bulk_create(rows)
    auditing.record(verb="recovery-codes.made", row=made[0], by=by, now=now, after={"user": user.get_username()})
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@transaction.atomic
def remove(*, rows: Iterable[models.SecondStep], by: Any, now: datetime) -> int:
    """Number of steps removed; with the last one the recovery codes go too. Raises AccountAbove."""
    removed = 0
    for row in rows:
        require_not_above(user=row.user, by=by)
        auditing.record(verb="second-step.removed", row=row, by=by, now=now, before=_told(row))
        title = f"{refusals.person(by)} removed your second step: {row.get_kind_display().lower()}"
        telling.account(user=row.user, title=title, body="Your password alone may let you in now.", by=by, now=now)
        row.delete()
        removed += 1
        if not has_any(row.user):
            models.SecondStep.objects.filter(user=row.user).delete()
    return removed


def _told(row: models.SecondStep) -> dict[str, str]:
    return {"user": row.user.get_username(), "kind": row.kind, "name": row.name}


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half-minute of the code: the present one or one beside it, for clocks differ."""
    present = int(now.timestamp()) // _SECONDS
    code = "".join(code.split())
    at = pyotp.TOTP(secret)
    near = (present, present - 1, present + 1)
    return next((step for step in near if secrets.compare_digest(at.generate_otp(step).encode(), code.encode())), None)


def _digest(user: Any, code: str) -> str:
    # Random enough to need no slow hash; of one person, so that two may have the same.
    return hashlib.sha256(f"{user.pk}\n{code}".encode()).hexdigest()


def _box() -> MultiFernet:
    """Encrypts by SECRET_KEY, and still opens what was encrypted by a former one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"second step\n{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _opened(kept: str) -> str | None:
    """The secret; None when SECRET_KEY was replaced without keeping the former one."""
    try:
        return _box().decrypt(kept.encode()).decode()
    except InvalidToken:
        return None
