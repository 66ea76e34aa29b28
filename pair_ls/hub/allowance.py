"""How fast one connection may send: two token buckets. Pure; takes `now`.

Too fast is not punished at once: the connection is not read for as long as it is over its limit, so that its sender is
slowed down and nobody else. Only what cannot be explained by haste is closed.
"""

BURST_SECONDS = 2.0
"""So much of the rate may come at once."""
LONGEST_DEBT_SECONDS = 20.0


class Allowance:
    """What is left; below zero is debt, paid off by waiting."""

    __slots__ = ("_at", "_bytes", "_messages")

    def __init__(self, rates: "Rates", now: float) -> None:
        self._at = now
        self._messages = rates.messages * BURST_SECONDS
        self._bytes = rates.bytes * BURST_SECONDS + rates.largest_message

    def take(self, messages: int, size_bytes: int, rates: "Rates", now: float) -> float:
        """Uses up; returns the seconds of debt, 0.0 as a rule."""
        elapsed = now - self._at
        self._at = now
        most = rates.messages * BURST_SECONDS
        left = self._messages + elapsed * rates.messages
        self._messages = (left if left < most else most) - messages
        most = rates.bytes * BURST_SECONDS + rates.largest_message
        left = self._bytes + elapsed * rates.bytes
        self._bytes = (left if left < most else most) - size_bytes
        if self._messages >= 0 and self._bytes >= 0:
            return 0.0
        return max(-self._messages / rates.messages, -self._bytes / rates.bytes)


class Rates:
    """The limits of a connection, per second. One large message may always come at once."""

    __slots__ = ("bytes", "largest_message", "messages")

    def __init__(self, *, messages: float, size_bytes: float, largest_message: int) -> None:
        self.messages = messages
        self.bytes = size_bytes
        self.largest_message = largest_message
