"""REST: rooms. Every handler reads the request, lets the desk do one thing, and answers."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends

from pair_ls.hub.api_models import (
    PROBLEMS,
    DocumentView,
    Links,
    NewRoom,
    ParticipantView,
    RoomChange,
    RoomMade,
    RoomStatus,
    RoomView,
    when,
    when_or_none,
)
from pair_ls.hub.desk import Caller, Desk
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.requests import caller, desk, may_create_room
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.room.member import Participant

router = APIRouter(tags=["rooms"], responses=PROBLEMS)

AskedBy = Annotated[Caller, Depends(caller)]
AtDesk = Annotated[Desk, Depends(desk)]


@router.post("/api/rooms", status_code=201, dependencies=[Depends(may_create_room)])
async def create_room(body: NewRoom, desk: AtDesk) -> RoomMade:
    """Make a room. The answer's `token` is its owner's; `links.invite` is for everybody else."""
    record, owner, guest = await desk.create_room(name=body.name, language=body.language, code=body.code)
    link = desk.link(record.room_id, guest)
    return RoomMade(
        room_id=record.room_id,
        name=record.name,
        language=record.language,
        code=body.code,
        created_at=when(record.created_at),
        updated_at=when(record.updated_at),
        token=owner,
        links=Links(page=link, invite=link),
    )


@router.get("/api/rooms/{room_id}")
async def get_room(room_id: str, asker: AskedBy, desk: AtDesk) -> RoomView:
    """A room, with the text of its main document."""
    async with desk.room(room_id, asker) as (live, entrance):
        await live.load(INDEX)
        record = await desk.record(live)
        link = desk.link(room_id)
        return RoomView(
            room_id=room_id,
            name=record.name,
            language=record.language,
            code=await main_text(live),
            created_at=when(record.created_at),
            updated_at=when(record.updated_at),
            documents=document_views(live),
            participants=live.connections,
            role=entrance.role,
            closed_at=when_or_none(live.rights.room.closed_at),
            invite_only=live.rights.room.invite_only_at is not None,
            links=Links(page=link, invite=link),
        )


@router.patch("/api/rooms/{room_id}", status_code=204)
async def change_room(room_id: str, body: RoomChange, asker: AskedBy, desk: AtDesk) -> None:
    """Close the room, or open it again. Only for owners. Of a closed room all is kept and can be read."""
    async with desk.owned(room_id, asker) as live:
        await (desk.close_room(live) if body.closed else desk.reopen_room(live))


@router.delete("/api/rooms/{room_id}", status_code=204)
async def delete_room(room_id: str, asker: AskedBy, desk: AtDesk) -> None:
    """Close the room for everybody and delete all that was in it. Only for owners."""
    async with desk.owned(room_id, asker) as live:
        await desk.delete_room(live)


@router.get("/ws/rooms/{room_id}/status")
async def get_status(room_id: str, asker: AskedBy, desk: AtDesk) -> RoomStatus:
    """Who is in the room now."""
    async with desk.room(room_id, asker) as (live, _):
        participants = [participant_view(each) for each in live.room.participants()]
        return RoomStatus(
            room_id=room_id, active=bool(participants), connections=live.connections, participants=participants
        )


async def main_text(live: LiveRoom) -> str:
    """Empty while the room has no main document."""
    if MAIN not in live.room.documents():
        return ""
    await live.load(MAIN)
    return live.room.text(MAIN)


def document_views(live: LiveRoom) -> list[DocumentView]:
    """By path."""
    views = [
        DocumentView(document_id=document_id, path=entry.path, language=entry.language)
        for document_id, entry in live.room.documents().items()
    ]
    return sorted(views, key=lambda view: view.path)


def participant_view(participant: Participant) -> ParticipantView:
    """The room counts time from the start of the machine; the wire does not."""
    ago = time.monotonic() - participant.joined_at
    return ParticipantView(
        user_id=participant.participant_id,
        name=participant.name,
        color=participant.color,
        role=participant.role,
        joined_at=when(time.time() - ago),
        document=participant.document_id,
        line=participant.line,
    )
