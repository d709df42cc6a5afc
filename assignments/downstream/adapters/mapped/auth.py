"""Ways in which a mapped system is shown who asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assignments.downstream.adapters.mapped.words import Address, ManifestPart, Variable


class BearerAuth(ManifestPart):
    """A token that does not change, as `Authorization: Bearer`."""

    type: Literal["bearer"]
    token_env: Variable
    """Environment variable that holds the token."""


class BasicAuth(ManifestPart):
    """A user and a password (RFC 7617)."""

    type: Literal["basic"]
    username: str
    """Sent as it is."""
    password_env: Variable
    """Environment variable that holds the password."""


class ApiKeyAuth(ManifestPart):
    """A key in a header or, for systems that know no other way, in the address."""

    type: Literal["api_key"]
    key_env: Variable
    """Environment variable that holds the key."""
    name: str
    """Of the header or the parameter."""
    place: Literal["header", "query"] = "header"
    """Whether it is a header or a parameter of the address."""


class ClientCredentials(ManifestPart):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a token is fetched, and another before it expires or once it is
    refused."""

    type: Literal["oauth2"]
    token_url: Address
    """Address of the tokens, or a path below the system's address."""
    client_id: str
    """Lineup's name there."""
    client_secret_env: Variable
    """Environment variable that holds the client's secret."""
    scope: str = ""
    """Scopes, separated by blanks."""
    send: Literal["basic", "body"] = "basic"
    """Whether the client names itself in a header or in the body."""
    params: dict[str, str] = {}
    """More that the request for a token must say, such as audience or resource."""


Auth = Annotated[BearerAuth | BasicAuth | ApiKeyAuth | ClientCredentials, Field(discriminator="type")]
