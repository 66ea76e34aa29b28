"""An awake room and its clock."""

import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pair_ls.crdt.awareness import AwarenessEntry, check_awareness, encode_awareness
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.update_guard import EMPTY_UPDATE
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.hub.frames import frame_size
from pair_ls.hub.live_room import TIMED_SECONDS, LiveRoom
from pair_ls.hub.live_rooms import LiveRooms
from pair_ls.hub.rights import Rights
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import MAIN, ConnectionId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Framing, Member
from pair_ls.room.messages import AwarenessUpdate, Message, SyncStep1, SyncStep2, decode, encode
from pair_ls.room.role import Role
from pair_ls.room.room import Room
from pair_ls.storage import MEMORY_URL, RoomRecord, open_store
from tests.hub.clients import until


class Wire:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: list[tuple[int, str]] = []

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    def messages(self) -> list[Message]:
        """All that it was sent."""
        heads = ((frame_size(each, 0) or 0) - each[1] if each[1] < 126 else 4 for each in self.frames)
        return [decode(each[head:]) for each, head in zip(self.frames, heads, strict=True)]

    def awareness(self) -> list[AwarenessEntry]:
        """All that it was told of others."""
        said = [message.data for message in self.messages() if isinstance(message, AwarenessUpdate)]
        return [entry for data in said for entry in check_awareness(data, RoomLimits().awareness)]


@asynccontextmanager
async def awake(directory: Path) -> AsyncIterator[tuple[LiveRoom, list[Coroutine[Any, Any, None]]]]:
    """A room, and what it does beside."""
    store = await open_store(MEMORY_URL, spool_file=directory / "spool")
    record = RoomRecord("room", "", "", 0.0, 0.0)
    await store.rooms.create_room(record)
    working: list[Coroutine[Any, Any, None]] = []
    yield (
        LiveRoom(
            record,
            Rights(record, (), ()),
            updates=store.updates,
            commits=Commits(store.updates, Counters()),
            counters=Counters(),
            limits=RoomLimits(),
            spawn=working.append,
        ),
        working,
    )
    await store.close()


def enter(live: LiveRoom, number: int, wire: Wire) -> None:
    member = Member(ParticipantId(f"p{number}"), Role.EDITOR, Framing.PLAIN, ClientId(70 + number))
    live.join(ConnectionId(number), wire, member)


async def test_a_state_that_nobody_renews_goes_by_the_sweeps_of_the_hub(tmp_path: Path) -> None:
    async with awake(tmp_path) as (live, working):
        wires = Wire(), Wire()
        for number, wire in enumerate(wires):
            enter(live, number, wire)
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


async def test_a_message_that_fails_closes_its_sender_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Room.receive

    def receive_or_fail(room: Room, connection: ConnectionId, data: bytes, now: float) -> list[RoomEffect]:
        if data == b"\x03" and room.is_loaded(MAIN):
            raise RuntimeError("a fault of ours")
        return receive(room, connection, data, now)

    monkeypatch.setattr(Room, "receive", receive_or_fail)
    async with awake(tmp_path) as (live, working):
        eve, ann = Wire(), Wire()
        for number, wire in enumerate((eve, ann)):
            enter(live, number, wire)
        live.receive(ConnectionId(0), b"\x03", time.monotonic())
        live.receive(ConnectionId(1), encode(SyncStep1(b"\0")), time.monotonic())
        while working:
            await working.pop(0)
        assert eve.closed and not ann.closed and not live.is_broken
        assert ann.messages()[-1] == SyncStep2(EMPTY_UPDATE)
        live.fall_asleep()


async def test_a_room_whose_fault_shows_in_a_sweep_is_closed_and_the_others_are_looked_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(MEMORY_URL, spool_file=tmp_path / "spool")
    commits = Commits(store.updates, Counters())
    rooms = LiveRooms(store, commits, Counters(), RoomLimits(), lambda _: None)
    for room_id in ("one", "two"):
        await store.rooms.create_room(RoomRecord(room_id, "", "", 0.0, 0.0))
        await rooms.wake(room_id)
    (broken, sound) = rooms
    monkeypatch.setattr(broken, "room", None)
    rooms.let_sleep(1.0)
    assert broken.is_broken and not sound.is_broken
    assert sound.idle_since == 1.0
    await store.close()
