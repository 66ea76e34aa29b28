"""What the hub knows of one document's log in the store: the next number, and whether a checkpoint is due. Pure."""

from pair_ls.storage import StoredDocument

CHECKPOINT_UPDATES = 500
CHECKPOINT_SHARE = 4
"""A checkpoint is due after so many updates, if they are together at least a quarter of the last one's size."""
MOST_UPDATES = 10_000
WORTH_IT_UPDATES = 50
"""A room that falls asleep leaves a checkpoint if the next load would have to read so many updates."""


class DocumentLog:
    """Counts what was appended since `stored` was loaded."""

    __slots__ = ("_checkpoint_bytes", "_not_before", "_tail_bytes", "_tail_updates", "is_saving", "sequence")

    def __init__(self, stored: StoredDocument) -> None:
        self.sequence = stored.sequence
        self.is_saving = False
        self._not_before = CHECKPOINT_UPDATES
        self._checkpoint_bytes = len(stored.checkpoint.state) if stored.checkpoint else 0
        self._tail_updates = len(stored.updates)
        self._tail_bytes = sum(len(each.update) for each in stored.updates)

    @property
    def size_bytes(self) -> int:
        """About how much a load has to read."""
        return self._checkpoint_bytes + self._tail_bytes

    @property
    def wants_checkpoint(self) -> bool:
        """Whether loading has become slow enough to be worth one, and none is being stored."""
        if self._tail_updates < self._not_before or self.is_saving:
            return False
        return self._tail_bytes * CHECKPOINT_SHARE >= self._checkpoint_bytes or self._tail_updates >= MOST_UPDATES

    @property
    def is_worth_a_checkpoint(self) -> bool:
        """Whether one should be left behind."""
        return self._tail_updates >= WORTH_IT_UPDATES and not self.is_saving

    def next_sequence(self, size_bytes: int) -> int:
        """The number of an update that is about to be appended."""
        self.sequence += 1
        self._tail_updates += 1
        self._tail_bytes += size_bytes
        return self.sequence

    def checkpoint_refused(self) -> None:
        """The log cannot be shortened as it is now. Asked again when it has doubled: asking reads all of it."""
        self._not_before = 2 * self._tail_updates

    def checkpoint_failed(self) -> None:
        """It could not be stored. Making one reads the whole document: not again with the very next update."""
        self._not_before = self._tail_updates + CHECKPOINT_UPDATES

    def checkpoint_saved(self, sequence: int, size_bytes: int) -> None:
        """A load will start at `sequence`."""
        left = self.sequence - sequence
        self._not_before = CHECKPOINT_UPDATES
        self._tail_bytes = self._tail_bytes * left // max(1, self._tail_updates)
        self._tail_updates = left
        self._checkpoint_bytes = size_bytes
