"""What every store promises: one test for all of them."""

import dataclasses

import pytest

from pair_ls.errors import StoreUnavailable
from pair_ls.storage import Checkpoint, InviteRecord, ParticipantRecord, Store, StoredDocument
from tests.storage.records import AWKWARD, filled, room, update


def checkpoint(sequence: int) -> Checkpoint:
    return Checkpoint("room", "main", sequence, 9.0, b"state %d" % sequence, {2**32 - 1: "p:ada", 7: AWKWARD})


async def test_a_document_never_written_is_empty(store: Store) -> None:
    assert await store.updates.load("room", "main") == StoredDocument()
    assert StoredDocument().sequence == 0


async def test_updates_come_back_in_order_with_author_and_time(store: Store) -> None:
    await filled(store)
    stored = await store.updates.load("room", "main")
    assert stored.updates == tuple(update(number) for number in range(1, 6))
    assert stored.sequence == 5


async def test_documents_and_rooms_are_kept_apart(store: Store) -> None:
    await store.rooms.create_room(room())
    await store.rooms.create_room(room("other"))
    mixed = [update(1), update(1, document=""), update(1, room="other"), update(2), update(2, room="other")]
    await store.updates.append(mixed)
    assert (await store.updates.load("room", "main")).updates == (update(1), update(2))
    assert (await store.updates.load("room", "")).updates == (update(1, document=""),)
    assert set(await store.updates.documents("room")) == {"main", ""}
    assert await store.updates.documents("other") == ("main",)
    assert await store.updates.documents("third") == ()


async def test_a_document_loads_from_its_checkpoint_and_what_follows(store: Store) -> None:
    await filled(store)
    await store.updates.save_checkpoint(checkpoint(2))
    await store.updates.save_checkpoint(checkpoint(3))
    stored = await store.updates.load("room", "main")
    assert stored == StoredDocument(checkpoint(3), (update(4), update(5)))
    await store.updates.save_checkpoint(checkpoint(5))
    assert (await store.updates.load("room", "main")).sequence == 5


async def test_history_tells_who_wrote_when(store: Store) -> None:
    await filled(store)
    await store.updates.save_checkpoint(checkpoint(4))
    newest = await store.history.history("room", "main", before=5, limit=2)
    assert [(each.sequence, each.author, each.at, each.size_bytes) for each in newest] == [
        (4, "p:ada", 4.0, 3),
        (3, "p:ada", 3.0, 3),
    ]
    assert await store.history.history("room", "nothing", before=5, limit=2) == ()


async def test_a_document_is_rebuilt_as_it_was(store: Store) -> None:
    await filled(store)
    await store.updates.save_checkpoint(checkpoint(3))
    assert await store.history.document_at("room", "main", 2) == StoredDocument(None, (update(1), update(2)))
    assert await store.history.document_at("room", "main", 4) == StoredDocument(checkpoint(3), (update(4),))


async def test_what_is_forgotten_is_told_and_the_rest_stays(store: Store) -> None:
    await filled(store)
    await store.updates.save_checkpoint(checkpoint(2))
    await store.history.forget(checkpoint(3))
    assert await store.history.document_at("room", "main", 2) is None
    assert await store.updates.load("room", "main") == StoredDocument(checkpoint(3), (update(4), update(5)))
    await store.updates.save_checkpoint(checkpoint(5))
    assert await store.history.document_at("room", "main", 4) == StoredDocument(checkpoint(3), (update(4),))
    assert (await store.updates.load("room", "main")).checkpoint == checkpoint(5)


async def test_a_dropped_document_leaves_nothing_and_others_stay(store: Store) -> None:
    await filled(store)
    await store.updates.append([update(1, document="notes")])
    await store.updates.save_checkpoint(checkpoint(3))
    await store.history.drop("room", "main")
    await store.history.drop("room", "nothing")
    assert await store.updates.load("room", "main") == StoredDocument()
    assert await store.updates.documents("room") == ("notes",)
    await store.updates.append([update(1)])
    assert (await store.updates.load("room", "main")).sequence == 1


async def test_old_updates_are_found(store: Store) -> None:
    await filled(store)
    assert await store.history.documents_older_than(3.5, limit=10) == (("room", "main", 3),)
    assert await store.history.documents_older_than(0.5, limit=10) == ()


async def test_a_room_tells_when_it_was_last_written(store: Store) -> None:
    assert await store.rooms.room("room") is None
    await store.rooms.create_room(room())
    assert await store.rooms.room("room") == room()
    await store.updates.append([update(1, at=50.0), update(1, document="notes", at=40.0)])
    assert await store.rooms.room("room") == dataclasses.replace(room(), updated_at=50.0)


async def test_a_room_is_closed_and_opened(store: Store) -> None:
    await store.rooms.save_room(room("nothing"))
    assert await store.rooms.room("nothing") is None
    await store.rooms.create_room(room())
    await store.rooms.create_room(room("other"))
    closed = dataclasses.replace(room(), closed_at=5.0, invite_only_at=6.0)
    await store.rooms.save_room(dataclasses.replace(closed, updated_at=9.0))
    assert await store.rooms.room("room") == closed
    assert await store.rooms.room("other") == room("other")
    await store.rooms.save_room(dataclasses.replace(closed, closed_at=None))
    assert await store.rooms.room("room") == dataclasses.replace(room(), invite_only_at=6.0)


async def test_a_deleted_room_leaves_nothing(store: Store) -> None:
    await filled(store)
    await store.rooms.create_room(room("other"))
    await store.updates.append([update(1, room="other")])
    await store.updates.save_checkpoint(checkpoint(5))
    await store.rooms.save_invite(InviteRecord("invite", "room", "editor", "p:ada", 1.0, None))
    await store.rooms.save_participant(ParticipantRecord("room", "p:bob", "Bob", 1.0))
    await store.rooms.delete_room("room")
    assert await store.rooms.room("room") is None
    assert await store.updates.load("room", "main") == StoredDocument()
    assert await store.rooms.invites("room") == ()
    assert await store.rooms.participants("room") == ()
    assert (await store.updates.load("other", "main")).updates == (update(1, room="other"),)
    await filled(store, 2)
    assert (await store.updates.load("room", "main")).sequence == 2


async def test_invites_and_participants_are_replaced_by_their_id(store: Store) -> None:
    await store.rooms.create_room(room())
    invite = InviteRecord("one", "room", "editor", "p:ada", 1.0, 99.5)
    later = InviteRecord("two", "room", "viewer", "p:ada", 2.0, None)
    bob = ParticipantRecord("room", "p:bob", AWKWARD, 3.0, invite_id="one")
    for each in (later, invite, dataclasses.replace(invite, revoked_at=5.0)):
        await store.rooms.save_invite(each)
    await store.rooms.save_participant(bob)
    await store.rooms.save_participant(dataclasses.replace(bob, role="viewer", removed_at=8.0))
    assert await store.rooms.invites("room") == (dataclasses.replace(invite, revoked_at=5.0), later)
    assert await store.rooms.participants("room") == (dataclasses.replace(bob, role="viewer", removed_at=8.0),)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
async def test_a_transaction_that_fails_stores_nothing(store: Store) -> None:
    await filled(store)
    with pytest.raises(StoreUnavailable) as refused:
        await store.updates.append([update(6), update(1, document="new"), update(5)])
    assert refused.value.code == "store-conflict"
    assert (await store.updates.load("room", "main")).sequence == 5
    assert await store.updates.documents("room") == ("main",)
    await store.updates.append([update(1, document="new")])
    assert (await store.updates.load("room", "new")).sequence == 1


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
async def test_nothing_is_written_into_a_room_that_is_gone(store: Store) -> None:
    await filled(store)
    await store.rooms.delete_room("room")
    with pytest.raises(StoreUnavailable) as refused:
        await store.updates.append([update(6)])
    assert refused.value.code == "store-conflict"
    assert await store.updates.documents("room") == ()
