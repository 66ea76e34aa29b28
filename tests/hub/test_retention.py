"""Old history is forgotten; the text and who owns what stay."""

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.hub.authorship import line_authors, rebuild
from pair_ls.hub.retention import forget_before
from pair_ls.room.ids import INDEX
from pair_ls.storage import RoomRecord, Store, StoredUpdate, memory_store
from pair_ls.text import Edit

ADA, BOB = SharedText(ClientId(11)), SharedText(ClientId(22))


def typed(by: SharedText, other: SharedText, text: str) -> bytes:
    update = by.edit([Edit(len(by.text), len(by.text), text)])
    other.merge(update)
    return update


async def test_what_is_old_becomes_one_state() -> None:
    store = memory_store()
    await store.rooms.create_room(RoomRecord("r", "", "", 0.0, 0.0))
    lines = [(ADA, BOB, "é 😀\n", "p:ada"), (BOB, ADA, "two\n", "p:bob"), (ADA, BOB, "three", "p:ada")]
    updates = [
        StoredUpdate("r", "main", number + 1, author, number * 10.0, typed(by, other, text))
        for number, (by, other, text, author) in enumerate(lines)
    ]
    await store.updates.append(updates)
    await forget_before(store, 15.0)
    assert await store.history.document_at("r", "main", 1) is None
    for sequence, text in ((2, "é 😀\ntwo\n"), (3, "é 😀\ntwo\nthree")):
        stored = await store.history.document_at("r", "main", sequence)
        assert stored is not None
        assert rebuild(stored).text() == text
    stored = await store.updates.load("r", "main")
    assert len(stored.updates) == 1
    assert line_authors(rebuild(stored)) == ("p:ada", "p:bob", "p:ada")
    await forget_before(store, 15.0)


async def test_a_document_that_is_damaged_keeps_its_history() -> None:
    store = memory_store()
    await store.updates.append([StoredUpdate("r", "main", 1, "p:ada", 0.0, b"\xff\xff")])
    await forget_before(store, 5.0)
    assert (await store.updates.load("r", "main")).sequence == 1


class Listed:
    """A room's list of documents, written to the store as the hub does."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index = SharedIndex(ClientId(33))
        self.sequence = 0

    async def add(self, document_id: str, at: float) -> None:
        await self._write(self.index.set(document_id, DocumentEntry(f"{document_id}.py", "python")), at)
        await self.write(document_id, at)

    async def write(self, document_id: str, at: float, sequence: int = 1) -> None:
        text = SharedText(ClientId(44)).edit([Edit(0, 0, f"é😀 {document_id}")])
        await self.store.updates.append([StoredUpdate("r", document_id, sequence, "p:ada", at, text)])

    async def remove(self, document_id: str, at: float) -> None:
        await self._write(self.index.remove(document_id), at)

    async def _write(self, update: bytes, at: float) -> None:
        self.sequence += 1
        await self.store.updates.append([StoredUpdate("r", INDEX, self.sequence, "hub", at, update)])


async def test_what_was_deleted_longer_ago_than_history_is_kept_is_gone() -> None:
    store = memory_store()
    await store.rooms.create_room(RoomRecord("r", "", "", 0.0, 0.0))
    listed = Listed(store)
    for document_id in ("gone", "stays", "just-deleted", "main"):
        await listed.add(document_id, 1.0)
    await listed.remove("gone", 5.0)
    await listed.remove("main", 5.0)
    await listed.remove("just-deleted", 20.0)
    for at, left in ((4.0, 5), (15.0, 4), (15.0, 4), (19.0, 4), (30.0, 3)):
        await forget_before(store, at)
        assert len(await store.updates.documents("r")) == left, at
    assert set(await store.updates.documents("r")) == {INDEX, "stays", "main"}
    assert rebuild(await store.updates.load("r", "stays")).text() == "é😀 stays"


async def test_all_of_it_may_be_old_at_once() -> None:
    store = memory_store()
    await store.rooms.create_room(RoomRecord("r", "", "", 0.0, 0.0))
    listed = Listed(store)
    for number in range(5):
        await listed.add(f"gone-{number}", 1.0)
        await listed.remove(f"gone-{number}", 2.0)
    await forget_before(store, 10.0)
    assert await store.updates.documents("r") == (INDEX,)


async def test_what_is_written_after_its_deletion_stays() -> None:
    store = memory_store()
    await store.rooms.create_room(RoomRecord("r", "", "", 0.0, 0.0))
    listed = Listed(store)
    await listed.add("late", 1.0)
    await listed.remove("late", 2.0)
    await listed.write("late", 12.0, sequence=2)
    await forget_before(store, 10.0)
    assert (await store.updates.load("r", "late")).sequence == 2


async def test_of_a_damaged_list_nothing_is_taken_for_deleted() -> None:
    store = memory_store()
    await store.rooms.create_room(RoomRecord("r", "", "", 0.0, 0.0))
    listed = Listed(store)
    await listed.add("a", 1.0)
    await listed.remove("a", 2.0)
    await store.updates.append([StoredUpdate("r", INDEX, 3, "hub", 3.0, b"\xff\xff")])
    await forget_before(store, 10.0)
    assert rebuild(await store.updates.load("r", "a")).text() == "é😀 a"
