"""REST: who may do what in a room. Only for owners."""

from fastapi import APIRouter

from pair_ls.hub.api_models import (
    PROBLEMS,
    InviteMade,
    InviteView,
    KnownParticipant,
    NewInvite,
    NewRole,
    when,
    when_or_none,
)
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rooms_api import AskedBy, AtDesk
from pair_ls.room.role import Role
from pair_ls.storage import InviteRecord, ParticipantRecord

router = APIRouter(prefix="/api/rooms/{room_id}", tags=["rights"], responses=PROBLEMS)


@router.post("/invites", status_code=201)
async def create_invite(room_id: str, body: NewInvite, asker: AskedBy, desk: AtDesk) -> InviteMade:
    """Make a link for others."""
    async with desk.owned(room_id, asker) as live:
        invite, token = await desk.create_invite(live, body.role, body.expires_in_seconds, asker)
        link = desk.link(room_id, token)
        return InviteMade(
            invite_id=invite.invite_id,
            role=body.role,
            expires_at=when_or_none(invite.expires_at),
            token=token,
            invite=link,
            page=link,
        )


@router.get("/invites")
async def get_invites(room_id: str, asker: AskedBy, desk: AtDesk) -> list[InviteView]:
    """All links that were made, oldest first."""
    async with desk.owned(room_id, asker) as live:
        return [invite_view(invite) for invite in live.rights.invites.values()]


@router.delete("/invites/{invite_id}", status_code=204)
async def revoke_invite(room_id: str, invite_id: str, asker: AskedBy, desk: AtDesk) -> None:
    """Nobody enters by this link any more; whoever did is out at once."""
    async with desk.owned(room_id, asker) as live:
        await desk.revoke(live, invite_id)


@router.get("/participants")
async def get_participants(room_id: str, asker: AskedBy, desk: AtDesk) -> list[KnownParticipant]:
    """Everybody who was ever here under a name of their own."""
    async with desk.owned(room_id, asker) as live:
        return [participant_view(live, record) for record in live.rights.participants.values()]


@router.patch("/participants/{participant_id}", status_code=204)
async def set_role(room_id: str, participant_id: str, body: NewRole, asker: AskedBy, desk: AtDesk) -> None:
    """Change what somebody may do, at once."""
    async with desk.owned(room_id, asker) as live:
        await desk.set_role(live, participant_id, body.role)


@router.delete("/participants/{participant_id}", status_code=204)
async def remove_participant(room_id: str, participant_id: str, asker: AskedBy, desk: AtDesk) -> None:
    """Put somebody out. The link they came by takes no newcomers any more."""
    async with desk.owned(room_id, asker) as live:
        await desk.remove(live, participant_id)


def invite_view(invite: InviteRecord) -> InviteView:
    """Without the token."""
    return InviteView(
        invite_id=invite.invite_id,
        role=Role(invite.role),
        issued_by=invite.issued_by,
        issued_at=when(invite.issued_at),
        expires_at=when_or_none(invite.expires_at),
        revoked_at=when_or_none(invite.revoked_at),
        closed_at=when_or_none(invite.closed_at),
    )


def participant_view(live: LiveRoom, record: ParticipantRecord) -> KnownParticipant:
    """With whether they are here."""
    here = {each.participant_id for each in live.room.participants()}
    return KnownParticipant(
        participant_id=record.participant_id,
        name=record.name,
        role=None if record.role is None else Role(record.role),
        invite_id=record.invite_id,
        joined_at=when(record.joined_at),
        removed_at=when_or_none(record.removed_at),
        is_connected=record.participant_id in here,
    )
