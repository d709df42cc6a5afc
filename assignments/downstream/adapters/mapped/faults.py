"""Manifests out of JSON, with a sentence for each mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from assignments.downstream import hosts, messages, seam
from assignments.downstream.adapters.mapped import expressions, fields
from assignments.downstream.adapters.mapped.manifest import Columns, Manifest, MappedAction, MappedResource

_MOST = 20
_DISTRICT = "district"


def read(set_up: seam.SetUp) -> Manifest:
    """Raises ValidationError."""
    return Manifest.model_validate(json.loads(set_up.manifest))


def of(set_up: seam.SetUp) -> list[str]:
    """The mistakes in the manifest of a system, at most twenty."""
    try:
        manifest = read(set_up)
    except ValidationError as error:
        return list(_words(error))[:_MOST]
    return [*_of_hosts(manifest, set_up), *_of_resources(manifest, set_up), *_of_actions(manifest, set_up)][:_MOST]


def _words(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"] if part != "[key]")
        what = str(fault["msg"]).removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            what = "there is no such setting"
        yield f"{where}: {what}." if where else f"{what}."


def _of_hosts(manifest: Manifest, set_up: seam.SetUp) -> Iterator[str]:
    if sentence := hosts.fault(getattr(manifest.auth, "token_url", ""), set_up.reach.hosts):
        yield f"auth.token_url: {sentence}"


def _of_resources(manifest: Manifest, set_up: seam.SetUp) -> Iterator[str]:
    known = messages.RESOURCES[set_up.kind]
    if set_up.is_source and not manifest.resources:
        yield f"resources: say how {_one_of(known)} is read, or that nothing is read from it."
    for resource, how in manifest.resources.items():
        where = f"resources.{resource}"
        if resource not in known:
            yield f"{where}: a system of this kind holds {_one_of(known)}."
            continue
        yield from _of_scope(where, how, set_up)
        shape = messages.MESSAGES[resource]
        yield from _of_columns(f"{where}.columns", how.columns, shape)
        said = {name.partition(".")[0] for name in how.columns} | {"version"}
        if missing := [name for name in fields.needed(shape) if name not in said]:
            yield f"{where}.columns: there is nothing for {', '.join(missing)}."
        since = how.changed_since
        if since is not None and since.format == "version" and "version" not in how.columns:
            yield f"{where}.changed_since: to ask by version, say where it is, under columns."


def _of_scope(where: str, how: MappedResource, set_up: seam.SetUp) -> Iterator[str]:
    names = set(expressions.names_in(how.path))
    if any(isinstance(value, str) and f"{{{_DISTRICT}}}" in value for value in how.params.values()):
        names.add(_DISTRICT)
    if others := sorted(names - {_DISTRICT}):
        yield f"{where}: {{{others[0]}}} is nothing that can be filled in; {{district}} is."
    if set_up.by_district and _DISTRICT not in names:
        yield (
            f"{where}: this system is asked for one district at a time, so {{district}} must stand in path or params."
            " If it answers for all districts at once, say so under Answers for."
        )
    if not set_up.by_district and _DISTRICT in names:
        yield f"{where}: this system is asked for all districts at once, so there is no {{district}} to fill in."


def _of_columns(where: str, columns: Columns, shape: Any) -> Iterator[str]:
    for name, column in columns.items():
        field = fields.of(shape, name)
        if field is None:
            yield f"{where}.{name}: there is no such field; there are {', '.join(shape.model_fields)}."
        elif column.columns is not None and not field.shapes:
            yield f"{where}.{name}: this field has no fields of its own."
        elif column.columns is not None:
            yield from _of_columns(f"{where}.{name}.columns", column.columns, field.shapes[0])


def _of_actions(manifest: Manifest, set_up: seam.SetUp) -> Iterator[str]:
    told = manifest.actions
    if set_up.is_target and not told:
        yield "actions: say how this system is told of decisions, or that it is told nothing."
    if told and ("ASSIGN" in told) != ("REVOKE" in told):
        lacking = "REVOKE" if "ASSIGN" in told else "ASSIGN"
        yield f"actions: {lacking} is missing; what is told must be taken back, too."
    if set_up.takes_etr and "ETR" not in told:
        yield "actions: this system takes restoration times, so say how under ETR."
    for name, action in told.items():
        yield from _of_body(name, action)


def _of_body(name: str, action: MappedAction) -> Iterator[str]:
    if action.method == "DELETE" and action.body:
        yield f"actions.{name}: a DELETE has no body."
    statuses = action.statuses
    twice = {*statuses.done} & {*statuses.again} | {*statuses.refused} & {*statuses.done, *statuses.again}
    if twice:
        yield f"actions.{name}.statuses: {min(twice)} cannot mean two things."


def _one_of(resources: tuple[messages.Resource, ...]) -> str:
    return " or ".join(resources)
