"""REST: how a document came to be, and back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter

from pair_ls.errors import MissingUpdates, Poisoned, RefusedBytes, StoreUnavailable
from pair_ls.hub.api_models import LAST_SEQUENCE, PROBLEMS, EarlierText, History, HistoryItem, Restore
from pair_ls.hub.authorship import line_authors, rebuild
from pair_ls.hub.desk import fresh_writer, known_document
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rooms_api import AskedBy, AtDesk
from pair_ls.room.ids import INDEX
from pair_ls.storage import HistoryEntry, StoredDocument

router = APIRouter(prefix="/api/rooms/{room_id}/documents/{document_id}", tags=["history"], responses=PROBLEMS)

Sequence = Annotated[int, PathParameter(ge=0, le=LAST_SEQUENCE)]


@router.get("/history")
async def get_history(
    room_id: str,
    document_id: str,
    asker: AskedBy,
    desk: AtDesk,
    before: Annotated[
        int, Query(ge=1, le=LAST_SEQUENCE, description="Only entries below this sequence.")
    ] = LAST_SEQUENCE,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> History:
    """Who wrote when, newest first."""
    async with desk.room(room_id, asker) as (live, _):
        await live.load(INDEX)
        document = known_document(live, document_id)
        found = await desk.history(live, document, before=before, limit=limit)
        following = found[-1].sequence if len(found) == limit else None
        return History(entries=[history_item(live, entry) for entry in found], next=following)


@router.get("/history/{sequence}")
async def get_earlier_text(
    room_id: str, document_id: str, sequence: Sequence, asker: AskedBy, desk: AtDesk
) -> EarlierText:
    """The text as it was after this update, and who wrote its lines."""
    async with desk.room(room_id, asker) as (live, _):
        await live.load(INDEX)
        stored = await desk.document_at(live, known_document(live, document_id), sequence)
        text, authors = await asyncio.to_thread(read, stored)
        names = {author: name_of(live, author) for author in set(authors)}
        return EarlierText(sequence=sequence, text=text, lines=[names[author] for author in authors])


@router.post("/restore", status_code=204)
async def restore(room_id: str, document_id: str, body: Restore, asker: AskedBy, desk: AtDesk) -> None:
    """Bring the text back to how it was after this update, by an ordinary edit that all see and can undo."""
    async with desk.edited(room_id, asker) as (live, _):
        document = known_document(live, document_id)
        stored = await desk.document_at(live, document, body.sequence)
        with sound():
            shared = await asyncio.to_thread(rebuild, stored)
        await live.load(document)
        desk.role_of_editor(live, asker)
        effects = live.room.write_text(document, shared.text(), writer=fresh_writer(asker.author))
        await desk.durably(live, effects)


def read(stored: StoredDocument) -> tuple[str, tuple[str, ...]]:
    """The text, and the author of each line. Raises StoreUnavailable if what is stored is damaged."""
    with sound():
        shared = rebuild(stored)
        return shared.text(), line_authors(shared)


@contextmanager
def sound() -> Iterator[None]:
    """What is damaged is the store's fault, not the asker's."""
    try:
        yield
    except (RefusedBytes, MissingUpdates, Poisoned) as error:
        sentence = "What is stored of this document is damaged; it is left as it is."
        raise StoreUnavailable(sentence, code="store-damaged") from error


def history_item(live: LiveRoom, entry: HistoryEntry) -> HistoryItem:
    """With the name that the author goes by."""
    return HistoryItem(
        sequence=entry.sequence,
        author=entry.author,
        name=name_of(live, entry.author),
        at=entry.at,
        size_bytes=entry.size_bytes,
    )


def name_of(live: LiveRoom, author: str) -> str:
    """As others see the participant, as far as the room remembers."""
    record = live.rights.participants.get(author)
    return record.name if record is not None and record.name else author
