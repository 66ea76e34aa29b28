"""Old history is forgotten; the text and who owns what stay."""

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.hub.authorship import line_authors, owners_of, rebuild
from pair_ls.hub.retention import forget_before
from pair_ls.storage import RoomRecord, StoredUpdate, memory_store
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
        assert rebuild(stored).text == text
    stored = await store.updates.load("r", "main")
    assert len(stored.updates) == 1
    assert line_authors(rebuild(stored), owners_of(stored)) == ("p:ada", "p:bob", "p:ada")
    await forget_before(store, 15.0)


async def test_a_document_that_is_damaged_keeps_its_history() -> None:
    store = memory_store()
    await store.updates.append([StoredUpdate("r", "main", 1, "p:ada", 0.0, b"\xff\xff")])
    await forget_before(store, 5.0)
    assert (await store.updates.load("r", "main")).sequence == 1
