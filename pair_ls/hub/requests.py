"""Who sends a REST request, and how often: what the handlers depend on."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request

from pair_ls.hub.desk import Caller, Desk
from pair_ls.hub.handshake import bearer, principal, principal_of_subject
from pair_ls.hub.hub import Hub


def hub(request: Request) -> Hub:
    """The hub, as the lifespan of the app made it."""
    found: Hub = request.state.hub
    return found


def desk(request: Request) -> Desk:
    """The desk that serves this request."""
    return Desk(hub(request))


async def caller(
    request: Request,
    authorization: Annotated[str | None, Header(description="Bearer TOKEN")] = None,
    token: Annotated[str | None, Query(description="Instead of the header.")] = None,
    x_pair_participant: Annotated[
        str | None, Header(description="The secret that the asker's editor or page keeps: says who they are.")
    ] = None,
) -> Caller:
    """Raises InvalidInvite for a token that is no good, NotAllowed for one who has been refused too often."""
    hub(request).pace.entering(address(request))
    given = bearer(authorization) or token
    claims = await hub(request).claims(given or None)
    if claims is not None and claims.subject is not None:
        return Caller(claims, principal_of_subject(claims.subject))
    return Caller(claims, principal(x_pair_participant or ""))


def address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def may_create_room(request: Request, address: Annotated[str, Depends(address)]) -> None:
    """Raises NotAllowed when this address has made too many."""
    hub(request).pace.room(address)


def may_complete(request: Request, address: Annotated[str, Depends(address)]) -> None:
    """Raises NotAllowed when this address has asked too often."""
    hub(request).pace.completion(address)
