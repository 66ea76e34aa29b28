"""Stops asking an endpoint that refuses or fails, and tries again in time: one breaker per endpoint. Pure.

closed --refused (401, 403), no library--> off until the settings change
closed --busy (429)----------------------> open for Retry-After; without one 10 s, doubling to 5 minutes
closed --three failures in a row---------> open for 5 s, doubling to 60 s
open   --time is up----------------------> half open: one request may try; it closes or opens the breaker
"""

import enum
from dataclasses import dataclass

_FAILURES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
_FIRST_BUSY, _LONGEST_BUSY = 10.0, 300.0


class Failure(enum.Enum):
    """How a request failed, in the words that make a difference."""

    REFUSED = "refused"  # 401, 403
    NOT_INSTALLED = "not installed"  # our own library for it
    BUSY = "busy"  # 429
    UNREACHABLE = "unreachable"  # refused connection, unknown name
    TIMEOUT = "timeout"
    BROKEN = "broken"  # 5xx, nonsense, a stream that stops


class State(enum.Enum):
    """What the breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Pause:
    """Why the endpoint is not asked now. `until` is in the clock of `now`; None: until the settings change."""

    failure: Failure
    until: float | None
    reason: str


class Breaker:
    """One endpoint. Tell it how every request ended."""

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.pause: Pause | None = None
        self._in_a_row = 0
        self._pauses = 0
        self._busy = 0

    def may_ask(self, now: float) -> bool:
        """Whether a request may go out now. In the half-open state only the first caller is told yes."""
        if self.state is State.CLOSED:
            return True
        if (
            self.state is State.OPEN
            and self.pause is not None
            and self.pause.until is not None
            and now >= self.pause.until
        ):
            self.state = State.HALF_OPEN
            return True
        return False

    def succeeded(self) -> None:
        self.state, self.pause = State.CLOSED, None
        self._in_a_row = self._pauses = self._busy = 0

    def abandoned(self, now: float) -> None:
        """A request was taken back before it was answered: it proves nothing. A half-open breaker waits for another."""
        if self.state is State.HALF_OPEN:
            self.state = State.OPEN

    def failed(
        self, failure: Failure, now: float, *, retry_after: float | None = None, reason: str = "", jitter: float = 0.0
    ) -> None:
        """`retry_after` in seconds, as the endpoint said. `jitter` (0 to 1) spreads what it did not say."""
        if failure in (Failure.REFUSED, Failure.NOT_INSTALLED):
            self.state, self.pause = State.OFF, Pause(failure, None, reason)
        elif failure is Failure.BUSY:
            seconds = min(_FIRST_BUSY * 2**self._busy, _LONGEST_BUSY) * (1 + 0.2 * jitter)
            self._busy += 1
            self._open(Pause(failure, now + (seconds if retry_after is None else retry_after), reason))
        else:
            self._in_a_row += 1
            if self.state is State.HALF_OPEN or self._in_a_row >= _FAILURES or failure is Failure.UNREACHABLE:
                seconds = min(_FIRST_PAUSE * 2**self._pauses, _LONGEST_PAUSE) * (1 + 0.2 * jitter)
                self._pauses += 1
                self._open(Pause(failure, now + seconds, reason))

    def reset(self) -> None:
        """The settings changed: a new key or endpoint deserves a new try."""
        self.succeeded()

    def _open(self, pause: Pause) -> None:
        self.state, self.pause = State.OPEN, pause
