"""Group commit: nobody hears of an update before it is durable, and everybody hears of it once."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from pair_ls.errors import StoreUnavailable
from pair_ls.hub import commits as commits_module
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.room.effects import Persist
from pair_ls.room.ids import DocumentId
from pair_ls.storage import Checkpoint, StoredDocument, StoredUpdate

MAIN = DocumentId("main")
NOTES = DocumentId("notes")


class SlowStore:
    """Takes what it is told when it is told to."""

    def __init__(self) -> None:
        self.rows: list[StoredUpdate] = []
        self.transactions = 0
        self.allowed = asyncio.Semaphore(0)
        self.refusals: list[Exception] = []
        self.conflicting_room: str | None = None

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        await self.allowed.acquire()
        if self.refusals:
            raise self.refusals.pop(0)
        if any(each.room_id == self.conflicting_room for each in updates):
            self.allowed.release()
            raise StoreUnavailable("contradiction", code="store-conflict")
        self.rows += updates
        self.transactions += 1

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        return StoredDocument()

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        pass

    async def documents(self, room_id: str) -> tuple[str, ...]:
        return ()


class FakeRoom:
    """Writes down what it is told."""

    def __init__(self, room_id: str = "room") -> None:
        self.room_id = room_id
        self.told: list[tuple[str, int]] = []
        self.failed: list[str] = []
        self.sequence = 0

    def committed(self, document_id: DocumentId, sequence: int) -> None:
        self.told.append((document_id, sequence))

    def commit_failed(self, document_id: DocumentId) -> None:
        self.failed.append(document_id)

    def next_sequence(self, document_id: DocumentId, size_bytes: int) -> int:
        self.sequence += 1
        return self.sequence


def persist(sequence: int, document_id: DocumentId = MAIN, size_bytes: int = 3) -> Persist:
    return Persist(document_id, b"u" * size_bytes, "p:ada", sequence)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def store() -> SlowStore:
    return SlowStore()


async def begun(store: SlowStore) -> Commits:
    commits = Commits(store, Counters())
    commits.start()
    await turns()
    return commits


async def ended(commits: Commits, store: SlowStore) -> None:
    for _ in range(100):
        store.allowed.release()
    await commits.stop()


async def test_what_comes_during_a_transaction_goes_into_the_next_together(store: SlowStore) -> None:
    commits, room, other = await begun(store), FakeRoom(), FakeRoom("other")
    commits.add(room, persist(1))
    await turns()
    for number in range(2, 12):
        commits.add(room, persist(number))
    commits.add(other, persist(1, NOTES))
    await turns()
    assert room.told == []
    store.allowed.release()
    await turns()
    assert room.told == [("main", 1)]
    store.allowed.release()
    await turns()
    assert (room.told, other.told) == ([("main", 1), ("main", 11)], [("notes", 1)])
    assert store.transactions == 2
    assert len(store.rows) == 12
    await ended(commits, store)


async def test_a_store_that_is_away_is_asked_again_and_nothing_is_lost(
    store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits_module, "RETRY_SECONDS", 0.01)
    commits, room = await begun(store), FakeRoom()
    store.refusals = [StoreUnavailable("away"), StoreUnavailable("away")]
    assert commits.unsaved_seconds == 0
    commits.add(room, persist(1))
    commits.add(room, persist(2))
    await turns()
    assert commits.unsaved_seconds > 0
    for _ in range(3):
        store.allowed.release()
    async with asyncio.timeout(5):
        await commits.flush()
    assert (room.told, room.failed) == ([("main", 2)], [])
    assert [row.sequence for row in store.rows] == [1, 2]
    await turns()
    assert commits.unsaved_seconds == 0
    await ended(commits, store)


async def test_too_much_that_waits_is_given_back(store: SlowStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits_module, "MOST_WAITING_BYTES", 1000)
    commits, room = await begun(store), FakeRoom()
    store.refusals = [StoreUnavailable("away")]
    commits.add(room, persist(1))
    await turns()
    commits.add(room, persist(2, size_bytes=2000))
    store.allowed.release()
    async with asyncio.timeout(5):
        await commits.flush()
    assert (room.told, room.failed) == ([], ["main"])
    commits.add(room, persist(3))
    store.allowed.release()
    await commits.flush()
    assert room.told == [("main", 3)]
    await ended(commits, store)


async def test_a_room_that_contradicts_the_store_harms_no_other(store: SlowStore) -> None:
    commits, good, bad = await begun(store), FakeRoom("good"), FakeRoom("bad")
    store.conflicting_room = "bad"
    for number in range(1, 4):
        commits.add(good, persist(number))
        commits.add(bad, persist(number))
    for _ in range(10):
        store.allowed.release()
    async with asyncio.timeout(5):
        await commits.flush()
    assert (good.told, good.failed) == ([("main", 3)], [])
    assert (bad.told, bad.failed) == ([], ["main"])
    await ended(commits, store)


async def test_a_fault_in_the_store_gives_the_updates_back_and_the_next_are_committed(
    store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits_module, "RETRY_SECONDS", 0.01)
    commits, room = await begun(store), FakeRoom()
    store.refusals = [RuntimeError("a mistake of ours")]
    for _ in range(2):
        store.allowed.release()
    commits.add(room, persist(1))
    async with asyncio.timeout(5):
        await commits.flush()
        assert (room.told, room.failed) == ([], ["main"])
        commits.add(room, persist(2))
        await commits.flush()
    assert room.told == [("main", 2)]
    await ended(commits, store)


async def test_a_quiet_hub_does_not_wait(store: SlowStore) -> None:
    commits, room = await begun(store), FakeRoom()
    for number in range(1, 20):
        store.allowed.release()
        started = time.perf_counter()
        commits.add(room, persist(number))
        await commits.flush()
        assert time.perf_counter() - started < 1.0
    assert room.told[-1] == ("main", 19)
    assert store.transactions == 19
    await ended(commits, store)
