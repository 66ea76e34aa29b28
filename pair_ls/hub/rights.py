"""Who may enter a room, as what: pure, decided from the token, the invites, and what owners did to participants."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pair_ls.errors import InvalidInvite, NotAllowed, UnknownRoom
from pair_ls.hub.tokens import Claims
from pair_ls.room.ids import ParticipantId
from pair_ls.room.role import Role
from pair_ls.settings import Access
from pair_ls.storage import InviteRecord, ParticipantRecord, RoomRecord

_RANK = (Role.VIEWER, Role.EDITOR, Role.OWNER)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Let in: as what, until when, and by which invite."""

    role: Role
    invite_id: str | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """What somebody's removal has changed, to be stored."""

    participant: ParticipantRecord | None = None
    invite: InviteRecord | None = None
    room: RoomRecord | None = None


class Rights:
    """The doors, invites and participants of one room. Changes return the record that must be stored."""

    __slots__ = ("_room_id", "invites", "participants", "room")

    def __init__(
        self, room: RoomRecord, invites: Iterable[InviteRecord] = (), participants: Iterable[ParticipantRecord] = ()
    ) -> None:
        self.room = room
        self._room_id = room.room_id
        self.invites = {each.invite_id: each for each in invites}
        self.participants = {each.participant_id: each for each in participants}

    # ---- entering ----

    def enter(self, claims: Claims | None, participant_id: str, access: Access) -> Entrance:
        """For a connection. Raises UnknownRoom, InvalidInvite or NotAllowed; the first says nothing about the room."""
        entrance = self._known_as(claims, participant_id, access)
        if self.room.closed_at is not None:
            raise NotAllowed("An owner has closed this room.", code="room-closed")
        return entrance

    def _known_as(self, claims: Claims | None, participant_id: str, access: Access) -> Entrance:
        known = self.participants.get(participant_id)
        entrance = self._by_token(claims) if claims is not None else self._without_token(access, known)
        if known is not None and known.removed_at is not None:
            raise NotAllowed("An owner has removed you from this room.", code="removed")
        if claims is not None and self._is_closed_to(claims.invite_id, known):
            raise InvalidInvite("This invite is not accepted any more. Ask the room's owner for a new link.")
        if known is not None and known.role is not None:
            return replace(entrance, role=Role(known.role))
        return entrance

    def for_request(self, claims: Claims | None, participant_id: str | None, access: Access) -> Entrance:
        """For a REST request. Without the participant's secret it may do what the least of the invite's users may."""
        if participant_id is not None:
            return self._known_as(claims, participant_id, access)
        entrance = self._by_token(claims) if claims is not None else self._without_token(access, None)
        same = [each for each in self.participants.values() if each.invite_id == entrance.invite_id]
        if claims is not None and entrance.role is not Role.OWNER and any(each.removed_at for each in same):
            raise NotAllowed("Say which participant you are: somebody with this invite was removed.", code="removed")
        roles = [entrance.role, *(Role(each.role) for each in same if each.role is not None and claims is not None)]
        return replace(entrance, role=min(roles, key=_RANK.index))

    def _by_token(self, claims: Claims | None) -> Entrance:
        assert claims is not None
        if claims.room_id != self._room_id:
            raise UnknownRoom(NO_SUCH_ROOM)
        invite = self.invites.get(claims.invite_id)
        if claims.subject is None and (invite is None or invite.revoked_at is not None):
            raise InvalidInvite("This invite was revoked. Ask the room's owner for a new link.")
        return Entrance(claims.role, claims.invite_id, claims.expires_at)

    def _without_token(self, access: Access, known: ParticipantRecord | None) -> Entrance:
        if access is not Access.OPEN or (self.room.invite_only_at is not None and known is None):
            raise UnknownRoom(NO_SUCH_ROOM)
        return Entrance(Role.EDITOR)

    def _is_closed_to(self, invite_id: str, known: ParticipantRecord | None) -> bool:
        invite = self.invites.get(invite_id)
        if invite is None or invite.closed_at is None:
            return False
        return known is None or known.invite_id != invite_id

    # ---- changes ----

    def entered(
        self, participant_id: ParticipantId, name: str, entrance: Entrance, now: float
    ) -> ParticipantRecord | None:
        """The record to store, if it is news."""
        known = self.participants.get(participant_id)
        if known is not None and (known.name, known.invite_id) == (name, entrance.invite_id):
            return None
        if known is None:
            record = ParticipantRecord(self._room_id, participant_id, name, now, entrance.invite_id)
        else:
            record = replace(known, name=name, invite_id=entrance.invite_id)
        return self._keep(record)

    def set_role(self, participant_id: str, role: Role) -> ParticipantRecord | None:
        """None for somebody of whom nothing is remembered."""
        known = self.participants.get(participant_id)
        return None if known is None else self._keep(replace(known, role=role.value))

    def remove(self, participant_id: str, now: float) -> Removal:
        """Puts somebody out. The way they came takes no newcomers any more, or they would come back as somebody else.

        That way is their invite; of one who came without any it is knowing the room's id.
        """
        known = self.participants.get(participant_id)
        record = None if known is None else self._keep(replace(known, removed_at=now))
        if record is None or record.invite_id is None:
            return Removal(record, room=self._keep_room(replace(self.room, invite_only_at=now)))
        invite = self.invites.get(record.invite_id)
        if invite is None or invite.role == Role.OWNER.value:
            return Removal(record)
        return Removal(record, self.keep_invite(replace(invite, closed_at=now)))

    def close(self, now: float) -> RoomRecord:
        """Nobody may be in the room from now on."""
        return self._keep_room(replace(self.room, closed_at=self.room.closed_at or now))

    def reopen(self) -> RoomRecord:
        """As before it was closed."""
        return self._keep_room(replace(self.room, closed_at=None))

    def revoke(self, invite_id: str, now: float) -> InviteRecord | None:
        """None if there is no such invite."""
        invite = self.invites.get(invite_id)
        return None if invite is None else self.keep_invite(replace(invite, revoked_at=invite.revoked_at or now))

    def keep_invite(self, invite: InviteRecord) -> InviteRecord:
        """Add or replace."""
        self.invites[invite.invite_id] = invite
        return invite

    def _keep_room(self, room: RoomRecord) -> RoomRecord:
        self.room = room
        return room

    def _keep(self, record: ParticipantRecord) -> ParticipantRecord:
        self.participants[record.participant_id] = record
        return record


NO_SUCH_ROOM = "There is no such room here, or you need an invite for it."
