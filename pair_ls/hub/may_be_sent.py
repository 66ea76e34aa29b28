"""Whether what somebody posts for completion may go on to the hub's endpoint: whose it is, and which document's."""

import asyncio
from dataclasses import dataclass

from pair_ls.completion.exclusions import Exclusions
from pair_ls.errors import UnknownRoom
from pair_ls.hub.desk import Caller, Desk, known_document
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rights import NO_SUCH_ROOM
from pair_ls.room.ids import INDEX, MAIN

_IGNORE_FILE = ".aiignore"
_MOST_IGNORE_FILES = 20
_MOST_PATTERNS = 1000
"""Of all ignore files of a room: its participants write them, and each request compiles them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a posted text is from, and why it may not be sent on; "" if it may."""

    path: str = ""
    reason_off: str = ""


async def origin_of(desk: Desk, asker: Caller, *, room_id: str | None, document_id: str | None, text: str) -> Origin:
    """Raises what any request to a room raises that its asker may not enter, or that has no such document.

    Who names no room means the one of their token; without one, a hub that is not open learns from the text alone.
    """
    room_id = room_id or (asker.claims.room_id if asker.claims is not None else None)
    if room_id is None:
        if document_id is not None:
            raise UnknownRoom(NO_SUCH_ROOM)
        return Origin(reason_off="" if desk.is_open else "no room")
    async with desk.room(room_id, asker) as (live, _):
        await live.load(INDEX)
        documents = live.room.documents()
        document = known_document(live, document_id) if document_id is not None else MAIN
        if document not in documents:
            return Origin()
        path = documents[document].path
        return Origin(path, await _reason_off(live, path, text))


async def _reason_off(live: LiveRoom, path: str, text: str) -> str:
    found: dict[str, list[str]] = {}
    for document_id, entry in live.room.documents().items():
        folder, _, name = entry.path.rpartition("/")
        if name == _IGNORE_FILE:
            if len(found) == _MOST_IGNORE_FILES:
                return f"more than {_MOST_IGNORE_FILES} {_IGNORE_FILE}"
            await live.load(document_id)
            found[folder] = live.room.text(document_id).splitlines()
    if sum(map(len, found.values())) > _MOST_PATTERNS:
        return f"more than {_MOST_PATTERNS} lines of {_IGNORE_FILE}"
    return await asyncio.to_thread(Exclusions(aiignore=found).reason, path, text)
