"""Group commit: all updates of all rooms that came while a transaction ran go into the next (commit_window.py).

The promise: a room is told `committed` only after the store has said that the update is durable. If it never will be,
the room is told `commit_failed`, and nothing of that document that was queued is stored later.
"""

import asyncio
import time
from collections import deque
from typing import Protocol

import structlog

from pair_ls.errors import StoreUnavailable
from pair_ls.hub.commit_window import CommitWindow
from pair_ls.hub.counters import Counters
from pair_ls.room.effects import Persist
from pair_ls.room.ids import DocumentId
from pair_ls.storage import StoredUpdate, UpdateStore

RETRY_SECONDS = 0.5
MOST_WAITING_BYTES = 32 << 20
"""What may wait for a store that says no; above it the updates are given back to those who wrote them."""

log = structlog.get_logger(__name__)


class Committed(Protocol):
    """A live room, as far as its commits are concerned."""

    room_id: str

    def committed(self, document_id: DocumentId, sequence: int) -> None:
        """Durable up to and including `sequence`."""

    def commit_failed(self, document_id: DocumentId) -> None:
        """Not durable, and never will be."""

    def next_sequence(self, document_id: DocumentId, size_bytes: int) -> int:
        """The next number in the document's log, used up by the call."""


Waiting = tuple[Committed, Persist]
"""An update on its way to the store."""


class Commits:
    """One queue and one task for the whole hub."""

    def __init__(self, store: UpdateStore, counters: Counters) -> None:
        self._store = store
        self._counters = counters
        self._queue: list[Waiting] = []
        self._wake: asyncio.Future[None] | None = None
        self._added = 0
        self._done = 0
        self._began: float | None = None
        self._passing: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """Why the store has refused the updates that wait; None: it has not."""

    @property
    def waiting(self) -> int:
        """How many updates are not durable yet, without those of the running transaction."""
        return len(self._queue)

    @property
    def unsaved_seconds(self) -> float:
        """How long the oldest update has waited to become durable; 0 for none."""
        return 0.0 if self._began is None else time.perf_counter() - self._began

    def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="commits")

    async def stop(self) -> None:
        """Commit what waits, then end."""
        await self.flush()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def flush(self) -> None:
        """Wait until everything that was added so far is durable, or has failed."""
        if self._done < self._added:
            passed = asyncio.get_running_loop().create_future()
            self._passing.append((self._added, passed))
            await passed

    def add(self, room: Committed, persist: Persist) -> None:
        """Queue an update of a room; `room` hears of it exactly once."""
        self._queue.append((room, persist))
        self._added += 1
        if self._wake is not None:
            self._wake.set_result(None)
            self._wake = None

    async def _run(self) -> None:
        window = 0.0
        windows = CommitWindow()
        while True:
            if not self._queue:
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
            if window > 0.0:
                await asyncio.sleep(window)
            batch, self._queue = self._queue, []
            started = self._began = time.perf_counter()
            try:
                await self._commit(batch)
            except Exception:  # a fault of ours; without this task nothing would ever be durable again
                log.exception("a commit failed and its updates are given back", updates=len(batch))
                self._failed(batch)
                await asyncio.sleep(RETRY_SECONDS)
            self._began = None
            now = time.perf_counter()
            seconds = now - started
            self._counters.commit(len(batch), seconds)
            self._pass(len(batch))
            window = windows.after(seconds, self._added, now)

    async def _commit(self, batch: list[Waiting]) -> None:
        """Try until the store has answered yes or has contradicted itself; or until too much waits."""
        rows = _rows(batch)
        while True:
            try:
                await self._store.append(rows)
            except StoreUnavailable as error:
                self._counters.failed_commits += 1
                self.trouble = error.message
                if error.code == "store-conflict":
                    return await self._commit_apart(batch, rows)
                log.error("updates cannot be stored and wait", waiting=len(batch) + len(self._queue), why=error.message)
                if self._waiting_bytes(batch) > MOST_WAITING_BYTES:
                    return self._failed(batch + self._queue)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.trouble = None
                return self._succeeded(batch)

    async def _commit_apart(self, batch: list[Waiting], rows: list[StoredUpdate]) -> None:
        """A row contradicts the store, perhaps because its room was deleted: find whose; others must not suffer."""
        by_room: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            by_room.setdefault(row.room_id, []).append(number)
        for numbers in by_room.values():
            part = [batch[number] for number in numbers]
            try:
                await self._store.append([rows[number] for number in numbers])
            except StoreUnavailable as error:
                log.error("updates of a room were refused by the store", room=part[0][0].room_id, why=error.message)
                self._failed(part)
            else:
                self._succeeded(part)

    def _succeeded(self, batch: list[Waiting]) -> None:
        last: dict[tuple[Committed, DocumentId], int] = {}
        for room, persist in batch:
            last[room, persist.document_id] = persist.sequence
        for (room, document_id), sequence in last.items():
            room.committed(document_id, sequence)

    def _failed(self, batch: list[Waiting]) -> None:
        lost = {(room, persist.document_id) for room, persist in batch}
        kept = [(room, persist) for room, persist in self._queue if (room, persist.document_id) not in lost]
        self._pass(len(self._queue) - len(kept))
        self._queue = kept
        for room, document_id in lost:
            room.commit_failed(document_id)

    def _pass(self, count: int) -> None:
        self._done += count
        while self._passing and self._passing[0][0] <= self._done:
            _, passed = self._passing.popleft()
            if not passed.done():
                passed.set_result(None)

    def _waiting_bytes(self, batch: list[Waiting]) -> int:
        return sum(len(persist.update) for _, persist in batch + self._queue)


def _rows(batch: list[Waiting]) -> list[StoredUpdate]:
    """What is stored, numbered."""
    now = time.time()
    return [
        StoredUpdate(
            room.room_id,
            each.document_id,
            room.next_sequence(each.document_id, len(each.update)),
            each.author,
            now,
            each.update,
        )
        for room, each in batch
    ]
