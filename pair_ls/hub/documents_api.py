"""REST: the documents of a room."""

import time

from fastapi import APIRouter

from pair_ls.hub.api_models import PROBLEMS, DocumentMade, DocumentView, Moved, NewDocument, NewPath
from pair_ls.hub.desk import fresh_writer, known_document
from pair_ls.hub.rooms_api import AskedBy, AtDesk, document_views
from pair_ls.room.document_path import clean_path
from pair_ls.room.ids import INDEX

router = APIRouter(prefix="/api/rooms/{room_id}/documents", tags=["documents"], responses=PROBLEMS)


@router.get("")
async def get_documents(room_id: str, asker: AskedBy, desk: AtDesk) -> list[DocumentView]:
    """All documents, by path."""
    async with desk.room(room_id, asker) as (live, _):
        await live.load(INDEX)
        return document_views(live)


@router.post("", status_code=201)
async def create_document(room_id: str, body: NewDocument, asker: AskedBy, desk: AtDesk) -> DocumentMade:
    """Make a document, or find the one at this path."""
    path = clean_path(body.path)
    async with desk.edited(room_id, asker) as (live, role):
        before = set(live.room.documents())
        document_id, effects = live.room.open_document(path, body.language, role, writer=fresh_writer(asker.author))
        await desk.durably(live, effects)
        entry = live.room.documents()[document_id]
        return DocumentMade(document_id=document_id, path=entry.path, created=document_id not in before)


@router.patch("/{document_id}")
async def rename_document(room_id: str, document_id: str, body: NewPath, asker: AskedBy, desk: AtDesk) -> Moved:
    """Move a document to another path. Edits made meanwhile are kept."""
    path = clean_path(body.path)
    async with desk.edited(room_id, asker) as (live, _):
        document = known_document(live, document_id)
        moved, effects = live.room.rename_document(document, path, writer=fresh_writer(asker.author))
        await desk.durably(live, effects)
        return Moved(path=moved)


@router.delete("/{document_id}", status_code=204)
async def delete_document(room_id: str, document_id: str, asker: AskedBy, desk: AtDesk) -> None:
    """Take a document out of the room. Its history stays."""
    async with desk.edited(room_id, asker) as (live, _):
        document = known_document(live, document_id)
        effects = live.room.delete_document(document, time.monotonic(), writer=fresh_writer(asker.author))
        await desk.durably(live, effects)
