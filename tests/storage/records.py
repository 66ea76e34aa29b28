"""Short names for the records that the tests of stores use."""

from pair_ls.storage import RoomRecord, Store, StoredUpdate

AWKWARD = "é 😀 \u2028 é\r\n"


def update(
    sequence: int, *, room: str = "room", document: str = "main", author: str = "p:ada", at: float = 0.0
) -> StoredUpdate:
    return StoredUpdate(room, document, sequence, author, at or float(sequence), bytes([sequence % 256, 0, 255]))


def room(room_id: str = "room") -> RoomRecord:
    return RoomRecord(room_id, name=AWKWARD, language="python", created_at=1.5, updated_at=1.5)


async def filled(store: Store, count: int = 5) -> Store:
    """With one room and the updates 1..count of its main document."""
    await store.rooms.create_room(room())
    await store.updates.append([update(number) for number in range(1, count + 1)])
    return store
