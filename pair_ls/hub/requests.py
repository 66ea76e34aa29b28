"""Who sends a REST request, and how often: what the handlers depend on."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from pair_ls.errors import NotAllowed
from pair_ls.hub.desk import Caller, Desk
from pair_ls.hub.handshake import bearer, principal, principal_of_subject
from pair_ls.hub.hub import Hub


class Pace:
    """Counts requests by address."""

    def __init__(self, *, rooms_per_hour: int, completions_per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rooms = RateLimitItemPerHour(rooms_per_hour)
        self._completions = RateLimitItemPerMinute(completions_per_minute)

    def room(self, address: str) -> None:
        """Raises NotAllowed(code="too-many-requests")."""
        if not self._limiter.hit(self._rooms, "rooms", address):
            raise NotAllowed(f"At most {self._rooms.amount} rooms an hour.", code="too-many-requests")

    def completion(self, address: str) -> None:
        """Raises NotAllowed(code="too-many-requests")."""
        if not self._limiter.hit(self._completions, "completions", address):
            raise NotAllowed(f"At most {self._completions.amount} completions a minute.", code="too-many-requests")


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
    """Raises InvalidInvite for a token that is no good."""
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
    pace(request).room(address)


def may_complete(request: Request, address: Annotated[str, Depends(address)]) -> None:
    """Raises NotAllowed when this address has asked too often."""
    pace(request).completion(address)


def pace(request: Request) -> Pace:
    """The counters of the process."""
    found: Pace = request.state.pace
    return found
