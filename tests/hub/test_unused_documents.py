"""Documents that nobody has open leave the memory of a room that goes on, and are there again when asked for."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pair_ls.hub.live_room import UNUSED_SECONDS, LiveRoom
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.room.messages import SyncStep1, Update
from tests.hub.clients import until
from tests.hub.test_rights_matrix import CALLERS, Socket, Visit, opened, written

EDITOR = next(who for who in CALLERS if who.name == "editor")


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with opened(tmp_path) as house:
        visit = await house.room(EDITOR, changed=False)
        await visit.live.load(MAIN)
        yield visit


def sweep(live: LiveRoom, seconds: float) -> None:
    """As the hub does now and then."""
    live.unload_unused(time.monotonic() + seconds)


async def test_a_document_leaves_when_it_was_not_open_for_a_while(visit: Visit) -> None:
    live = visit.live
    socket = Socket(visit, visit.token, visit.secret, pair=True)
    socket.say(MAIN, SyncStep1(b"\0"))
    for seconds in (0.0, UNUSED_SECONDS + 1, 2 * UNUSED_SECONDS):
        sweep(live, seconds)
    assert live.room.is_loaded(MAIN), "somebody has it open"
    socket.say(MAIN, Update(written("é😀")))
    socket.leave()
    await visit.house.hub.commits.flush()
    sweep(live, 0.0)
    live.users += 1
    sweep(live, UNUSED_SECONDS + 1)
    live.users -= 1
    assert live.room.is_loaded(MAIN), "a request may be about it"
    sweep(live, 0.0)
    sweep(live, UNUSED_SECONDS + 1)
    assert not live.room.is_loaded(MAIN)
    assert live.room.is_loaded(INDEX)
    await live.load(MAIN)
    assert sorted(live.room.text(MAIN)) == sorted("é😀text")
    sweep(live, 0.0)
    sweep(live, UNUSED_SECONDS - 1)
    assert live.room.is_loaded(MAIN)


async def test_what_has_a_long_log_leaves_a_checkpoint_first(visit: Visit) -> None:
    live = visit.live
    socket = Socket(visit, visit.token, visit.secret, pair=True)
    socket.say(MAIN, SyncStep1(b"\0"))
    for _ in range(60):
        socket.say(MAIN, Update(written("x")))
    await visit.house.hub.commits.flush()
    socket.leave()
    sweep(live, 0.0)
    sweep(live, UNUSED_SECONDS + 1)
    assert live.room.is_loaded(MAIN), "until its checkpoint is stored"
    await until(lambda: not live.is_busy, "the checkpoint is stored")
    sweep(live, 3 * UNUSED_SECONDS)
    assert not live.room.is_loaded(MAIN)
    stored = await visit.house.hub.store.updates.load(live.room_id, MAIN)
    assert stored.checkpoint is not None
    await asyncio.gather(*(live.load(MAIN) for _ in range(10)))
    assert sorted(live.room.text(MAIN)) == sorted("x" * 60 + "text")
