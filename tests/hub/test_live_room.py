"""An awake room and its clock."""

import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pair_ls.crdt.awareness import AwarenessEntry, check_awareness, encode_awareness
from pair_ls.crdt.schema import ClientId
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.hub.frames import frame_size
from pair_ls.hub.live_room import TIMED_SECONDS, LiveRoom
from pair_ls.hub.rights import Rights
from pair_ls.room.ids import ConnectionId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Framing, Member
from pair_ls.room.messages import AwarenessUpdate, SyncStep1, decode, encode
from pair_ls.room.role import Role
from pair_ls.storage import MEMORY_URL, RoomRecord, open_store
from tests.hub.clients import until


class Wire:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError((code, reason))

    def awareness(self) -> list[AwarenessEntry]:
        """All that it was told of others."""
        told: list[AwarenessEntry] = []
        for each in self.frames:
            head = (frame_size(each, 0) or 0) - each[1] if each[1] < 126 else 4
            message = decode(each[head:])
            if isinstance(message, AwarenessUpdate):
                told += check_awareness(message.data, RoomLimits().awareness)
        return told


async def test_a_state_that_nobody_renews_goes_by_the_sweeps_of_the_hub(tmp_path: Path) -> None:
    store = await open_store(MEMORY_URL, spool_file=tmp_path / "spool")
    record = RoomRecord("room", "", "", 0.0, 0.0)
    await store.rooms.create_room(record)
    working: list[Coroutine[Any, Any, None]] = []
    live = LiveRoom(
        record,
        Rights(record, (), ()),
        updates=store.updates,
        commits=Commits(store.updates, Counters()),
        counters=Counters(),
        limits=RoomLimits(),
        spawn=working.append,
    )
    wires = Wire(), Wire()
    for number, wire in enumerate(wires):
        member = Member(ParticipantId(f"p{number}"), Role.EDITOR, Framing.PLAIN, ClientId(70 + number))
        live.join(ConnectionId(number), wire, member)
    live.receive(ConnectionId(1), encode(SyncStep1(b"\0")), time.monotonic())
    live.receive(ConnectionId(0), encode(SyncStep1(b"\0")), time.monotonic())
    while working:
        await working.pop(0)
    said = encode_awareness([AwarenessEntry(5, 1, {"cursor": None})])
    live.receive(ConnectionId(0), encode(AwarenessUpdate(said)), time.monotonic())
    await until(lambda: any(each.client_id == 5 for each in wires[1].awareness()), "the other hears of it")
    assert wires[1].awareness()[-1].state is not None
    seconds = 0.0
    while seconds < 40.0:
        seconds += TIMED_SECONDS / 2
        live.sweep(time.monotonic() + seconds)
    await until(
        lambda: any(each.client_id == 5 and each.state is None for each in wires[1].awareness()), "it has expired"
    )
    live.fall_asleep()
    await store.close()
