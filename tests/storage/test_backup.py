"""A backup that is made while updates are written, and what comes back from it."""

import asyncio
import gzip
from pathlib import Path

import pytest

from pair_ls.errors import PairError, StoreUnavailable
from pair_ls.storage import Checkpoint, InviteRecord, ParticipantRecord, Store, StoredDocument, open_store
from pair_ls.storage.backup import back_up, bring_back
from tests.storage.conftest import address
from tests.storage.records import AWKWARD, filled, room, update

MOVES = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")]


async def opened(url: str, folder: Path) -> Store:
    return await open_store(url, spool_file=folder / "spool.sqlite3")


async def loaded(url: str, folder: Path) -> StoredDocument:
    store = await opened(url, folder)
    found = await store.updates.load("room", "main")
    await store.close()
    return found


@pytest.mark.parametrize(("source", "target"), MOVES)
async def test_what_was_acknowledged_before_comes_back(
    source: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "new").mkdir()
    old = address(source, tmp_path, request)
    new = address(target, tmp_path / "new", request)
    store = await filled(await opened(old, tmp_path))
    await store.updates.save_checkpoint(Checkpoint("room", "main", 2, 2.5, b"\0\xff", {7: "p:é"}))
    await store.rooms.save_invite(InviteRecord("invite", "room", "viewer", AWKWARD, 1.25, None))
    await store.rooms.save_participant(ParticipantRecord("room", "p:ada", AWKWARD, 1.25, "invite"))
    written, is_enough = 5, asyncio.Event()

    async def write_on() -> None:
        nonlocal written
        while not is_enough.is_set():
            await store.updates.append([update(written + 1)])
            written += 1

    writing = asyncio.create_task(write_on())
    while written < 20:
        await asyncio.sleep(0)
    before = written
    rows = await asyncio.to_thread(back_up, old, tmp_path / "backup")
    is_enough.set()
    await writing
    expected = await store.updates.load("room", "main")
    invites, people = await store.rooms.invites("room"), await store.rooms.participants("room")
    await store.close()

    assert await asyncio.to_thread(bring_back, new, tmp_path / "backup") == rows
    copy = await opened(new, tmp_path / "new")
    found = await copy.updates.load("room", "main")
    assert before <= found.sequence <= expected.sequence
    assert (found.checkpoint, found.updates) == (expected.checkpoint, expected.updates[: len(found.updates)])
    assert (await copy.rooms.invites("room"), await copy.rooms.participants("room")) == (invites, people)
    await copy.rooms.create_room(room("another"))
    await copy.updates.append([update(1, room="another"), update(found.sequence + 1)])
    await copy.close()


async def test_a_database_that_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    await (await filled(await opened(url, tmp_path))).close()
    await asyncio.to_thread(back_up, url, tmp_path / "backup")
    with pytest.raises(PairError) as error:
        await asyncio.to_thread(bring_back, url, tmp_path / "backup")
    assert error.value.code == "store-not-empty"
    assert (await loaded(url, tmp_path)).sequence == 5


@pytest.mark.parametrize("damage", ["cut", "rows missing", "something else", "nothing"])
async def test_of_a_damaged_backup_nothing_comes_back(damage: str, tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'hub.sqlite3'}", tmp_path / "backup"
    await (await filled(await opened(url, tmp_path))).close()
    await asyncio.to_thread(back_up, url, file)
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    file.write_bytes(
        {
            "cut": whole[:-20],
            "rows missing": gzip.compress(b"".join([*lines[:-2], lines[-1]])),
            "something else": b"hello",
            "nothing": b"",
        }[damage]
    )
    new = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with pytest.raises(PairError) as error:
        await asyncio.to_thread(bring_back, new, file)
    assert error.value.code == "bad-backup"
    assert (await loaded(new, tmp_path)).sequence == 0


async def test_a_backup_of_no_database_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await asyncio.to_thread(back_up, f"sqlite:///{tmp_path / 'hub.sqlite3'}", tmp_path / "backup")
    assert not list(tmp_path.iterdir())
