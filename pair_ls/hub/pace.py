"""How often one address may ask: by sliding windows, in memory."""

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from pair_ls.errors import InvalidInvite, NotAllowed, PairError, UnknownRoom
from pair_ls.settings import HubLimits


class Pace:
    """Counts requests, handshakes among them, by address."""

    def __init__(self, limits: HubLimits) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rooms = RateLimitItemPerHour(limits.rooms_per_hour)
        self._completions = RateLimitItemPerMinute(limits.completions_per_minute)
        self._refusals = RateLimitItemPerMinute(limits.refusals_per_minute)

    def room(self, address: str) -> None:
        """Somebody wants to make one. Raises NotAllowed(code="too-many-requests")."""
        if not self._limiter.hit(self._rooms, "rooms", address):
            raise _too_many(f"At most {self._rooms.amount} rooms an hour.")

    def completion(self, address: str) -> None:
        """Raises NotAllowed(code="too-many-requests")."""
        if not self._limiter.hit(self._completions, "completions", address):
            raise _too_many(f"At most {self._completions.amount} completions a minute.")

    def refused(self, address: str, error: PairError) -> None:
        """Takes note of one who had no right to enter: without a token, with a bad one, or in no room that there is."""
        if isinstance(error, UnknownRoom | InvalidInvite):
            self._limiter.hit(self._refusals, "refusals", address)

    def entering(self, address: str) -> None:
        """Before a token or a room is looked at. Raises NotAllowed(code="too-many-requests") for who guesses on."""
        if not self._limiter.test(self._refusals, "refusals", address):
            raise _too_many(f"At most {self._refusals.amount} refusals a minute; come back later.")


def _too_many(sentence: str) -> NotAllowed:
    return NotAllowed(sentence, code="too-many-requests")
