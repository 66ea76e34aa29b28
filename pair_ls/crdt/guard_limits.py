"""How much a foreign update may hold, and how much our own store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Of one update, except for the last; lengths in bytes. No input within them takes more than a moment."""

    max_bytes: int = 1 << 20
    max_structs: int = 20_000
    max_client_ids: int = 256
    max_deletions: int = 20_000
    max_entry_bytes: int = 8_192
    max_document_client_ids: int = 8_192
    """Integration takes quadratic time in the number of clients that insert at one spot."""


FOREIGN = GuardLimits()
"""For what a participant sends to the hub."""

STORED = GuardLimits(
    max_bytes=1 << 30,
    max_structs=1 << 26,
    max_client_ids=1 << 20,
    max_deletions=1 << 26,
    max_document_client_ids=1 << 20,
)
"""For what comes from our own store or hub: there one update may hold a whole document."""
