"""The kinds of values that manifests are made of."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assignments.downstream import reaching, secret_values
from assignments.downstream.adapters.mapped import times
from assignments.downstream.adapters.mapped.expressions import Template


class ManifestPart(BaseModel):
    """Strict: a word that is not known is a mistake of whoever wrote it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _is_a_variable(name: str) -> str:
    if not secret_values.NAME.fullmatch(name):
        raise ValueError(
            "give the name of an environment variable, such as LINEUP_SECRET_WORK, never the secret itself"
        )
    if not name.startswith(secret_values.PREFIX):
        raise ValueError(f"begin the variable's name with {secret_values.PREFIX}: no other is read for a system")
    return name


def _is_a_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is not an IANA time zone such as America/Chicago")
    return name


def _is_a_form(form: str) -> str:
    if form not in {times.ISO, times.EPOCH, times.EPOCH_MS} and "%" not in form:
        raise ValueError("give iso, epoch, epoch_ms, or a pattern such as %d/%m/%Y %H:%M")
    return form


def _is_an_address(address: str) -> str:
    if "://" in address and (fault := reaching.fault(address)):
        raise ValueError(fault)
    return address


def _has_no_question(path: str) -> str:
    if "://" in path or "?" in path or "#" in path:
        raise ValueError("give a path below the system's address, and what follows a ? under params")
    return path


Variable = Annotated[str, AfterValidator(_is_a_variable)]
Zone = Annotated[str, AfterValidator(_is_a_zone)]
TimeForm = Annotated[str, AfterValidator(_is_a_form)]
Path = Annotated[Template, AfterValidator(_has_no_question)]
Address = Annotated[str, Field(min_length=1), AfterValidator(_is_an_address)]
Scalar = str | int | float | bool
Params = dict[str, Template | int | float | bool]
PlainParams = dict[str, Scalar]
Status = Annotated[int, Field(ge=200, le=599)]
