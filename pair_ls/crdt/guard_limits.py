"""How much a foreign update may hold, and how much our own store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Of one update if nothing else is said; lengths in bytes."""

    max_bytes: int = 1 << 20
    max_structs: int = 20_000
    max_client_ids: int = 256
    """Whose structs it holds."""
    max_deletions: int = 200_000
    """Ranges, known or not: stock clients send all that they know whenever they connect."""
    max_new_deletions: int = 20_000
    """Ranges that are not known; native code takes up to a tenth of a millisecond for each."""
    max_entry_bytes: int = 8_192
    max_document_client_ids: int = 8_192
    """Of the whole document. Integration takes quadratic time in the clients that insert at one spot."""


FOREIGN = GuardLimits()
"""For what a participant sends to the hub."""

STORED = GuardLimits(
    max_bytes=1 << 30,
    max_structs=1 << 26,
    max_client_ids=1 << 20,
    max_deletions=1 << 26,
    max_new_deletions=1 << 26,
    max_document_client_ids=1 << 20,
)
"""For what comes from our own store or hub: there one update may hold a whole document."""
