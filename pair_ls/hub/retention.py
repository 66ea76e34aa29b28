"""Forgetting: history older than the setting becomes one state, on which the rest builds; what was deleted goes."""

import asyncio
import time

import structlog

from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_map import SharedIndex
from pair_ls.errors import PairError, StoreUnavailable
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.storage import Checkpoint, Store, StoredDocument

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0
DAY_SECONDS = 86400.0
_AT_ONCE = 100
_END = 1 << 62
_READER = ClientId(1)


async def forget_regularly(store: Store, days: int) -> None:
    """Runs as long as the hub; returns at once if history is kept for ever."""
    while days:
        try:
            await forget_before(store, time.time() - days * DAY_SECONDS)
        except StoreUnavailable as error:
            log.warning("old history could not be dropped", why=error.message)
        await asyncio.sleep(EVERY_SECONDS)


async def forget_before(store: Store, at: float) -> None:
    """Drops what was written before `at`."""
    kept: set[tuple[str, str]] = set()
    while True:
        found = await store.history.documents_older_than(at, limit=_AT_ONCE + len(kept))
        left = [each for each in found if each[:2] not in kept]
        if not left:
            return
        for room_id, document_id, sequence in left:
            if document_id == INDEX:
                await _drop_deleted(store, room_id, sequence, at)
            if not await _forget(store, room_id, document_id, sequence):
                kept.add((room_id, document_id))


async def _drop_deleted(store: Store, room_id: str, sequence: int, at: float) -> None:
    """Documents that had left the list at `at`, as of its update `sequence`, and were not written since."""
    then, now = await store.history.document_at(room_id, INDEX, sequence), await store.updates.load(room_id, INDEX)
    listed = [None if stored is None else await asyncio.to_thread(_listed, stored) for stored in (then, now)]
    if listed[0] is None or listed[1] is None:
        return
    # The main document may come back under the same id.
    for document_id in set(await store.updates.documents(room_id)) - listed[0] - listed[1] - {INDEX, MAIN}:
        newest = await store.history.history(room_id, document_id, before=_END, limit=1)
        if not newest or newest[0].at < at:
            await store.history.drop(room_id, document_id)


def _listed(stored: StoredDocument) -> frozenset[str] | None:
    """The ids in a list of documents; None if it is damaged."""
    index = SharedIndex(_READER)
    first = [(stored.checkpoint.state, None)] if stored.checkpoint is not None else []
    try:
        index.document.load([*first, *((each.update, None) for each in stored.updates)])
    except PairError:
        return None
    return frozenset(index.entries())


async def _forget(store: Store, room_id: str, document_id: str, sequence: int) -> bool:
    """Whether it could be: a document that would read differently without its history keeps it."""
    stored = await store.history.document_at(room_id, document_id, sequence)
    if stored is None or not stored.sequence:  # dropped a moment ago
        return False
    base = await asyncio.to_thread(state_of, stored, DocumentKind.INDEX if document_id == INDEX else DocumentKind.TEXT)
    if base is None:
        log.warning("a document can only be read with its whole history", room=room_id, document=document_id)
        return False
    state, owners = base
    await store.history.forget(Checkpoint(room_id, document_id, sequence, time.time(), state, owners))
    return True


def state_of(stored: StoredDocument, kind: DocumentKind) -> tuple[bytes, dict[int, str]] | None:
    """One update instead of all, and who owns which Yjs client id."""
    document = SharedDocument(client_id=_READER, kind=kind)
    first = [(stored.checkpoint.state, None)] if stored.checkpoint is not None else []
    owners = stored.checkpoint.owners if stored.checkpoint is not None else {}
    try:
        document.load([*first, *((each.update, each.author) for each in stored.updates)], owners)
        state = document.checkpoint()
    except PairError:
        return None
    return None if state is None else (state, dict(document.owners))
