"""The first account of an installation, without which nobody could open the administration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from assignments.services.records import auditing

SETTING_UP = "manage.py first_administrator"
"""Named as the actor in the audit: there is no account yet."""


class AdministratorRefused(Exception):
    """The account cannot be made; the message is a sentence for the terminal."""


@transaction.atomic
def make_first(*, username: str, email: str, password: str, by: str = SETTING_UP, now: datetime) -> Any:
    """The account, which may do everything in the administration. Raises AdministratorRefused."""
    users = get_user_model()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Two that are made at once would both be the first.
            cursor.execute(f"LOCK TABLE {users._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    refuse_if_there_is_one()
    if not password:
        raise AdministratorRefused("The password is empty. Nothing was stored.")
    made = users(username=username, email=email, is_staff=True, is_superuser=True, is_active=True)
    made.set_password(password)
    try:
        validate_password(password, made)
        made.full_clean()
    except ValidationError as error:
        raise AdministratorRefused(" ".join(error.messages)) from error
    made.save()
    auditing.record(verb="made first administrator", row=made, by=by, after={"username": username}, now=now)
    return made


def refuse_if_there_is_one() -> None:
    """Raises AdministratorRefused when somebody can open the administration already."""
    users = get_user_model()
    name = (
        users._default_manager.filter(is_superuser=True, is_active=True).order_by("pk").values_list("username").first()
    )
    if name is not None:
        raise AdministratorRefused(
            f"There is an administrator already: {name[0]}. Others are made by administrators, under Users; a lost "
            f"password is set anew by manage.py changepassword {name[0]}."
        )
