"""An UpdateStore that keeps its promises while its PostgreSQL is away, for documents that are loaded."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Sequence

from pair_ls.errors import StoreUnavailable
from pair_ls.storage.hub_lock import HubLock
from pair_ls.storage.spool import Spool
from pair_ls.storage.sql import SqlStore
from pair_ls.storage.store import Checkpoint, StoredDocument, StoredUpdate

RETRY_SECONDS = 0.5
FATAL_CODES = ("store-in-use", "store-differs")
"""Another hub has the database, or had it meanwhile: waiting makes nothing better."""
_BATCH = 200
"""Small: a busy machine must be able to store it well before the database is given up again."""

_log = logging.getLogger("pair_ls.storage")


class SpoolingStore:
    """The main store, and a spool that takes over when it fails.

    Invariant: while the spool holds anything, new updates go there; so the main database never has a later update of a
    document without the earlier ones. `append` must not be called again before it returns.
    """

    def __init__(self, main: SqlStore, spool: Spool, lock: HubLock) -> None:
        self._main = main
        self._spool = spool
        self._lock = lock
        self._is_away = False
        self._fatal: StoreUnavailable | None = None
        self._returning: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()  # of one append, or of the last step of a return

    @property
    def is_away(self) -> bool:
        """Whether updates go to the spool at present."""
        return self._is_away

    @property
    def spooled(self) -> int:
        """How many updates wait for the main database."""
        return self._spool.count

    async def start(self) -> None:
        """Bring what an earlier hub left in the spool to the main database, before anything is loaded from there.

        Raises StoreUnavailable with one of FATAL_CODES.
        """
        while not await self._drained():
            await asyncio.sleep(RETRY_SECONDS)

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """See UpdateStore."""
        async with self._turn:
            self._raise_fatal()
            if not self.is_away and await self._append_to_main(updates):
                return
            await self._spool.append(updates)

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        """See UpdateStore. Raises StoreUnavailable while the main database is away: half a document is no document."""
        if self.is_away:
            raise StoreUnavailable("The database is away; documents that are not open yet must wait.")
        return await self._main.load(room_id, document_id)

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See UpdateStore. Not while away: a checkpoint may not overtake the updates that it stands for."""
        if self.is_away:
            raise StoreUnavailable("The database is away; checkpoints must wait.")
        await self._main.save_checkpoint(checkpoint)

    async def documents(self, room_id: str) -> tuple[str, ...]:
        """See UpdateStore."""
        return await self._main.documents(room_id)

    async def check(self) -> None:
        """Raise StoreUnavailable unless the main database answers and is still ours alone."""
        self._raise_fatal()
        if self.is_away:
            raise StoreUnavailable("The database is away; updates are kept in a local file until it is back.")
        await self._check_main()

    async def close(self) -> None:
        """Stop trying. What is in the spool stays there for the next hub."""
        if self._returning is not None:
            self._returning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._returning
        await self._spool.close()
        await self._main.close()

    async def _append_to_main(self, updates: Sequence[StoredUpdate]) -> bool:
        try:
            await self._main.append(updates)
        except StoreUnavailable as error:
            if error.code == "store-conflict":
                raise
            _log.warning("the database does not answer: updates are kept in a local file until it is back")
            self._is_away = True
            self._returning = asyncio.create_task(self._return())
            return False
        return True

    async def _check_main(self) -> None:
        await self._main.check()  # first, because it gives up on a frozen server
        await asyncio.to_thread(self._lock.acquire)

    async def _return(self) -> None:
        try:
            await self.start()
        except StoreUnavailable as error:
            _log.error("the database is back, but what was kept in a local file stays there: %s", error.code)
            self._fatal = error
        else:
            _log.warning("the database is back and has everything")

    def _raise_fatal(self) -> None:
        """Nothing more is taken, not even by the spool: what would be acknowledged could not come to the others."""
        if self._fatal is not None:
            raise StoreUnavailable(self._fatal.message, code=self._fatal.code)

    async def _drained(self) -> bool:
        """Whether everything is in the main database, and new updates go there from now on.

        The last step has its turn like an append: people who go on typing would fill the spool as fast as it empties.
        """
        try:
            await self._check_main()
            while self._spool.count > _BATCH:
                await self._move_batch()
            async with self._turn:
                while self._spool.count:
                    await self._move_batch()
                self._is_away = False
        except StoreUnavailable as error:
            if error.code in FATAL_CODES:
                raise
            return False
        return True

    async def _move_batch(self) -> None:
        waiting = await self._spool.oldest(_BATCH)
        for room_id, group in itertools.groupby(waiting, key=lambda each: each[1].room_id):
            rows = tuple(group)
            if await self._main.room(room_id) is not None:
                await self._main.append_again([update for _, update in rows])
            else:
                _log.error(
                    "%s updates of the room %s, which the database does not know, are set aside", len(rows), room_id
                )
                await self._spool.set_aside(rows)
        await self._spool.remove_through(waiting[-1][0])
