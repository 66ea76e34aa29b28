"""What comes between the steps of a request about history."""

import asyncio
import threading
from pathlib import Path

import pytest

from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.hub import history_api
from pair_ls.hub.authorship import rebuild
from pair_ls.storage import StoredDocument
from tests.hub.clients import until
from tests.hub.test_rights_matrix import CALLERS, DOCUMENT, ROOM, opened

OWNER = next(who for who in CALLERS if who.name == "owner")


async def test_a_room_that_is_deleted_during_a_restore_stays_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, is_gone = threading.Event(), threading.Event()

    def slowly(stored: StoredDocument) -> SharedDocument:
        has_begun.set()
        assert is_gone.wait(10)
        return rebuild(stored)

    monkeypatch.setattr(history_api, "rebuild", slowly)
    async with opened(tmp_path) as house:
        visit = await house.room(OWNER, changed=False)
        restoring = asyncio.create_task(visit.ask("POST", f"{DOCUMENT}/restore", {"sequence": 1}))
        await until(has_begun.is_set, "the restore has begun")
        assert await visit.ask("DELETE", ROOM, None) == (204, None)
        is_gone.set()
        assert await restoring == (404, "unknown-room")
        await house.hub.commits.flush()
        assert await house.hub.store.updates.documents(visit.live.room_id) == ()


async def test_a_number_that_no_update_can_have_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        visit = await house.room(OWNER, changed=False)
        asked = [
            await visit.ask("GET", f"{DOCUMENT}/history/{10**20}", None),
            await visit.ask("GET", f"{DOCUMENT}/history/-1", None),
            await visit.ask("POST", f"{DOCUMENT}/restore", {"sequence": 10**20}),
        ]
        assert asked == [(422, "bad-request")] * 3
