"""People of the company's own accounts: who they are here, and the roles that their groups give them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from assignments import models
from assignments.services.records import auditing, refusals
from notifications.services import access

logger = logging.getLogger(__name__)

BY = "Company sign-on"
"""The actor of what groups decide."""


class NotJoined(refusals.Refusal):
    """The company knows the person, and Lineup has nothing for them."""

    code = "not-joined"
    next_step = "Ask your administrator."


def join(*, issuer: str, claims: Mapping[str, Any], now: datetime) -> Any:
    """The user of these claims, whose signature was checked, with the roles of their groups and no others.

    Raises NotJoined.
    """
    wanted = _that_exist(_roles(claims.get(settings.OIDC_GROUPS_CLAIM) or ()))
    # Whoever is refused below has lost the roles all the same.
    with transaction.atomic():
        user = _known(issuer, str(claims["sub"])) or _new(issuer, claims, now, may_join=bool(wanted))
        _give(user, wanted, now)
    if not user.is_active:
        raise NotJoined("Your account in Lineup is not active.")
    if not wanted and not user.is_staff:
        raise NotJoined("None of your groups has a role in Lineup.")
    return user


def _known(issuer: str, subject: str) -> Any:
    found = models.Account.objects.filter(issuer=issuer, subject=subject).select_related("user").first()
    return found.user if found else None


def _new(issuer: str, claims: Mapping[str, Any], now: datetime, *, may_join: bool) -> Any:
    """The person's account, joined to one that an administrator has prepared, or made. Raises NotJoined.

    One with a password or rights of its own is not joined by a name alone: whoever can choose a name at the company
    could then choose anybody's.
    """
    name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])[:150]
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        if not may_join:
            raise NotJoined("None of your groups has a role in Lineup.")
        user = get_user_model()(username=name)
        user.set_unusable_password()
        for field, claim in (("first_name", "given_name"), ("last_name", "family_name"), ("email", "email")):
            setattr(user, field, str(claims.get(claim) or "")[:150])
        user.save()
        auditing.record(verb="user.added", row=user, by=BY, now=now, after={"user": name, "issuer": issuer})
    elif user.has_usable_password() or user.is_staff or user.is_superuser or _is_joined(user):
        raise NotJoined(f"There is another account of the name {name} in Lineup.")
    values = {"issuer": issuer, "subject": str(claims["sub"])}
    models.Account.objects.update_or_create(user=user, defaults=values)
    auditing.record(verb="user.joined", row=user, by=BY, now=now, after={"user": name} | values)
    return user


def _is_joined(user: Any) -> bool:
    return models.Account.objects.filter(user=user, subject__isnull=False).exists()


def _roles(groups: Any) -> dict[str, str]:
    """Role by code of district; where groups say two, the one that may do more."""
    named = {str(one) for one in (groups if isinstance(groups, (list, tuple)) else [groups])}
    found: dict[str, str] = {}
    for group, place, role in settings.OIDC_ROLES:
        for code in _places(group, place, named):
            if found.get(code) != models.Membership.Role.MANAGER:
                found[code] = role
    return found


def _places(group: str, place: str, named: Iterable[str]) -> list[str]:
    """The districts' codes that the groups name; a star in both stands for a code."""
    before, star, behind = group.partition("*")
    if not star:
        return [place] if group in named else []
    around = len(before) + len(behind)
    inner = [one for one in named if one.startswith(before) and one.endswith(behind) and len(one) > around]
    return [one[len(before) : len(one) - len(behind)] for one in inner]


def _that_exist(wanted: Mapping[str, str]) -> dict[str, str]:
    known = set(models.District.objects.filter(code__in=wanted).values_list("code", flat=True))
    for code in wanted.keys() - known:
        logger.warning("A group of the company sign-on names the district %s, which does not exist.", code)
    return {code: role for code, role in wanted.items() if code in known}


def _give(user: Any, wanted: Mapping[str, str], now: datetime) -> None:
    """Makes the roles those of the groups, each change on the record."""
    districts = {one.code: one for one in models.District.objects.filter(code__in=wanted)}
    mine = {one.district.code: one for one in models.Membership.objects.filter(user=user).select_related("district")}
    changed = False
    for code in mine.keys() | districts.keys():
        row, role = mine.get(code), wanted.get(code, "")
        former = row.role if row else ""
        if former == role:
            continue
        changed = True
        if row is not None and not role:
            _record("deleted", row, before={"role": former}, after={}, now=now)
            row.delete()
        elif row is None:
            made = models.Membership.objects.create(user=user, district=districts[code], role=role)
            _record("added", made, before={}, after={"role": role}, now=now)
        else:
            row.role = role
            row.save(update_fields=["role"])
            _record("changed", row, before={"role": former}, after={"role": role}, now=now)
    if changed:
        access.review(user_id=user.pk, now=now)


def _record(verb: str, row: models.Membership, *, before: dict[str, Any], after: dict[str, Any], now: datetime) -> None:
    about = {"user": row.user.get_username(), "district": row.district.code}
    auditing.record(
        verb=f"membership.{verb}", row=row, by=BY, now=now, district=row.district,
        before=about | before if before else {}, after=about | after if after else {},
    )  # fmt: skip
