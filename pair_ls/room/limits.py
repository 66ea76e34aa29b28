"""How much one room and one connection may take. Plain values; docs/limits.md explains them, the settings set them."""

import functools
from dataclasses import dataclass

from pair_ls.crdt.awareness import AwarenessLimits
from pair_ls.crdt.guard_limits import GuardLimits


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Sizes are bytes, times are seconds."""

    participants: int = 500
    documents: int = 10_000
    document_bytes: int = 10_000_000  # of a document's text in UTF-8
    room_bytes: int = 256 << 20  # of the updates stored for the documents in use
    update_bytes: int = 16 << 20  # of one update: a whole document written offline must fit
    update_structs: int = 100_000
    awareness_bytes: int = 4096  # of one participant's state, as JSON
    awareness_interval: float = 0.05  # the room forwards awareness at most this often
    waiting_messages: int = 256  # held per document while it is loaded
    waiting_bytes: int = 16 << 20

    @property
    @functools.cache  # noqa: B019  # there is one set of limits in a process
    def guard(self) -> GuardLimits:
        """What one update of a participant may hold."""
        return GuardLimits(
            max_bytes=self.update_bytes, max_structs=self.update_structs, max_deletions=self.update_structs
        )

    @property
    @functools.cache  # noqa: B019  # likewise
    def awareness(self) -> AwarenessLimits:
        """What one awareness message of a participant may hold."""
        return AwarenessLimits(max_state_bytes=self.awareness_bytes)


DEFAULT_LIMITS = RoomLimits()
