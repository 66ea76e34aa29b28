"""Nothing acknowledged is lost: a few kills of a real hub and of its database. The long run is `dev.py chaos`."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable

import pytest

from tests.chaos.kills import Chaos
from tests.chaos.places import Place
from tests.hub.clients import Pair, until
from tests.support.hub_process import HubProcess


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("target", "on_postgresql", "kills"), [("hub", False, 3), ("either", True, 2)], ids=["SQLite", "PostgreSQL"]
)
async def test_what_was_acknowledged_survives_kill_9(target: str, on_postgresql: bool, kills: int) -> None:
    with Place(on_postgresql=on_postgresql) as place:
        tally = await Chaos(place, target, name="short", seed=random.randrange(1 << 32)).run(kills)
    assert tally.is_sound, f"{tally}\n" + "\n".join(tally.complaints)
    assert tally.acknowledged > 0


@pytest.mark.timeout(120)
async def test_a_hub_that_acknowledges_too_early_is_caught() -> None:
    with Place(on_postgresql=False, is_hasty=True) as place:
        seed = random.randrange(1 << 32)
        tally = await Chaos(place, "hub", name="control", seed=seed, kills_per_room=1).run(2)
    assert tally.lost_in_kills >= 1, str(tally)


async def test_content_is_seeded_once_by_all_who_open_it_at_the_same_moment(hub: HubProcess) -> None:
    room_id = hub.create_room()["roomId"]
    text = "é😀 once\n"
    people = [await Pair(hub, room_id).connect() for _ in range(8)]
    await asyncio.gather(*(person.open("seeded.py", text) for person in people))
    await until(lambda: all(person.text == text for person in people), "everyone sees the content once")
    for person in people:
        await person.disconnect()


@pytest.mark.timeout(120)
async def test_a_document_whose_log_is_damaged_is_not_opened_and_not_touched(
    start_hub: Callable[..., HubProcess],
) -> None:
    hub = start_hub()
    room_id = hub.create_room()["roomId"]
    async with Pair(hub, room_id) as ada:
        await ada.open(text="precious é😀")
        await ada.is_safe()
        document_id = ada.document_id
    hub.kill9()
    file = hub.folder / "data" / "hub.sqlite3"
    key = "SELECT document_key FROM documents WHERE document_id = ?"
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE updates SET content = x'ff00ff' WHERE document_key = ({key})", (document_id,))
    connection.close()
    hub.start()
    before = rows(hub)
    async with Pair(hub, room_id) as bob:
        await bob.do(bob.replica.open_path("main.py", "python", "instead", 0.0))
        await until(lambda: "document-unavailable" in bob.notices, "told that it cannot be loaded")
        assert bob.document_id is None or not bob.replica.is_synced(bob.document_id)
    assert rows(hub) == before


def rows(hub: HubProcess) -> list[tuple[object, ...]]:
    """The whole log, read from a copy: the hub has the file open."""
    copy = hub.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(hub.folder / "data", copy)
    connection = sqlite3.connect(copy / "hub.sqlite3")
    try:
        return connection.execute("SELECT * FROM updates ORDER BY document_key, sequence").fetchall()
    finally:
        connection.close()
