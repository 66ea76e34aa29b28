"""The negative control: a real hub whose store says "durable" a moment before it is. Killed, it loses what it promised.

Not a switch of the product: the fault is put in from outside, into the one call that everything else relies on.
"""

import asyncio
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from pair_ls.cli import main
from pair_ls.hub import serving
from pair_ls.storage import Checkpoint, Store, StoredDocument, StoredUpdate, UpdateStore, open_store

LATE_SECONDS = 0.15


class HastyStore:
    """Answers `append` at once and writes a moment later, in order."""

    def __init__(self, store: UpdateStore) -> None:
        self._store = store
        self._late: list[StoredUpdate] = []
        self._one_at_a_time = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """Not what UpdateStore promises."""
        self._late += updates
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_late())

    async def _write_late(self) -> None:
        await asyncio.sleep(LATE_SECONDS)
        self._writing = None
        await self._write()

    async def _write(self) -> None:
        async with self._one_at_a_time:
            batch, self._late = self._late, []
            if batch:
                await self._store.append(batch)

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        """See UpdateStore."""
        await self._write()
        return await self._store.load(room_id, document_id)

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See UpdateStore."""
        await self._write()
        await self._store.save_checkpoint(checkpoint)

    async def documents(self, room_id: str) -> tuple[str, ...]:
        """See UpdateStore."""
        return await self._store.documents(room_id)


async def open_hasty_store(url: str, *, spool_file: Path, log_sql: bool = False) -> Store:
    """As open_store, with the fault."""
    store = await open_store(url, spool_file=spool_file, log_sql=log_sql)
    return dataclasses.replace(store, updates=HastyStore(store.updates))


if __name__ == "__main__":
    vars(serving)["open_store"] = open_hasty_store
    sys.exit(main(sys.argv[1:]))
