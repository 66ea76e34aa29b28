"""What REST requests want done to rooms, rights and documents. Waits for the store; rules are in rights and room."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pair_ls.crdt.schema import ClientId
from pair_ls.errors import NotAllowed, StoreUnavailable, UnknownRoom
from pair_ls.hub.hub import Hub
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rights import NO_SUCH_ROOM, Entrance
from pair_ls.hub.tokens import Claims
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import ANONYMOUS, INDEX, INVITED, MAIN, DocumentId, ParticipantId, RoomId
from pair_ls.room.invite import Link, format_link
from pair_ls.room.role import Role
from pair_ls.room.room_index import Writer
from pair_ls.settings import Access
from pair_ls.storage import HistoryEntry, InviteRecord, RoomRecord, StoredDocument

DEFAULT_INVITE_SECONDS = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: their token, and who they are if they have said so."""

    claims: Claims | None = field(default=None, repr=False)
    participant_id: ParticipantId | None = None

    @property
    def author(self) -> ParticipantId:
        """Whose edits are those that the request brings about."""
        if self.participant_id is not None:
            return self.participant_id
        return ANONYMOUS if self.claims is None else ParticipantId(INVITED + self.claims.invite_id)


class Desk:
    """Serves requests, one method each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def is_open(self) -> bool:
        """Whether anybody may use this hub."""
        return self._hub.settings.access_in_force is Access.OPEN

    @asynccontextmanager
    async def room(self, room_id: str, caller: Caller) -> AsyncIterator[tuple[LiveRoom, Entrance]]:
        """The room awake and kept so, and what the caller may do in it."""
        live = await self._hub.rooms.wake(room_id)
        entrance = live.rights.for_request(caller.claims, caller.participant_id, self._hub.settings.access_in_force)
        live.users += 1
        try:
            yield live, entrance
        finally:
            live.users -= 1

    @asynccontextmanager
    async def owned(self, room_id: str, caller: Caller) -> AsyncIterator[LiveRoom]:
        """For what only owners may do."""
        async with self.room(room_id, caller) as (live, entrance):
            if not entrance.role.may_manage:
                raise NotAllowed("Only an owner of the room may do this.")
            yield live

    @asynccontextmanager
    async def edited(self, room_id: str, caller: Caller) -> AsyncIterator[tuple[LiveRoom, Role]]:
        """For what changes documents; the index is loaded."""
        async with self.room(room_id, caller) as (live, _):
            self.role_of_editor(live, caller)
            await live.load(INDEX)
            yield live, self.role_of_editor(live, caller)

    def role_of_editor(self, live: LiveRoom, caller: Caller) -> Role:
        """Whether the caller may change documents now. Ask again after the last wait: the room may be gone by then."""
        if live.is_broken:
            raise StoreUnavailable("The hub has made a mistake in this room; try again.")
        if self._hub.rooms.find(live.room_id) is not live:
            raise UnknownRoom(NO_SUCH_ROOM)
        entrance = live.rights.for_request(caller.claims, caller.participant_id, self._hub.settings.access_in_force)
        if not entrance.role.may_edit:
            raise NotAllowed("A viewer may not change documents.")
        if live.rights.room.closed_at is not None:
            raise NotAllowed("An owner has closed this room; it can be read only.", code="room-closed")
        return entrance.role

    # ---- rooms ----

    async def create_room(self, *, name: str, language: str, code: str) -> tuple[RoomRecord, str, str]:
        """The room, its owner's token, and a token for others."""
        now = time.time()
        record = RoomRecord(secrets.token_urlsafe(16), name, language, now, now)
        owner = new_invite(record.room_id, Role.OWNER, None, issued_by="hub", now=now)
        guest = new_invite(record.room_id, Role.EDITOR, None, issued_by="hub", now=now)
        await self._hub.store.rooms.create_room(record)
        await self._hub.store.rooms.save_invite(owner)
        await self._hub.store.rooms.save_invite(guest)
        if code:
            live = await self._hub.rooms.wake(record.room_id)
            await self.write_main(live, code)
        return record, self._hub.tokens.issue(owner), self._hub.tokens.issue(guest)

    async def write_main(self, live: LiveRoom, code: str) -> None:
        """The first text of a new room."""
        await live.load(INDEX)
        writer = fresh_writer(ParticipantId("hub"))
        live.do(live.room.create_main(path=None, language=live.record.language, writer=writer))
        await live.load(MAIN)
        await self.durably(live, live.room.write_text(MAIN, code, writer=writer))

    async def record(self, live: LiveRoom) -> RoomRecord:
        """As stored, with the time of the last update."""
        record = await self._hub.store.rooms.room(live.room_id)
        if record is None:
            raise UnknownRoom(NO_SUCH_ROOM)
        return record

    async def delete_room(self, live: LiveRoom) -> None:
        """Everybody out, everything gone."""
        self._hub.rooms.forget(live.room_id)
        live.close(CloseCode.ROOM_CLOSED, "an owner has deleted this room")
        try:
            await self._hub.commits.flush()
            await self._hub.store.rooms.delete_room(live.room_id)
        finally:
            self._hub.rooms.forgotten(live.room_id)

    async def close_room(self, live: LiveRoom) -> None:
        """Everybody out and nobody in; what was written stays, and can be read by REST."""
        record = live.rights.close(time.time())
        live.close(CloseCode.ROOM_CLOSED, "an owner has closed this room")
        await self._hub.store.rooms.save_room(record)

    async def reopen_room(self, live: LiveRoom) -> None:
        """As it was."""
        await self._hub.store.rooms.save_room(live.rights.reopen())

    # ---- rights ----

    async def create_invite(
        self, live: LiveRoom, role: Role, expires_in_seconds: float | None, caller: Caller
    ) -> tuple[InviteRecord, str]:
        """The invite and its token."""
        now = time.time()
        seconds = expires_in_seconds or DEFAULT_INVITE_SECONDS
        invite = new_invite(live.room_id, role, now + seconds, issued_by=caller.author, now=now)
        await self._hub.store.rooms.save_invite(invite)
        live.rights.keep_invite(invite)
        return invite, self._hub.tokens.issue(invite)

    async def revoke(self, live: LiveRoom, invite_id: str) -> None:
        """Nobody enters by it any more, and those who did are out."""
        invite = live.rights.revoke(invite_id, time.time())
        if invite is None:
            raise NotAllowed("There is no such invite in this room.", code="unknown-invite")
        self._hub.close_invite(live, invite_id)
        await self._hub.store.rooms.save_invite(invite)

    async def set_role(self, live: LiveRoom, participant_id: str, role: Role) -> None:
        """At once, and whenever they come back; of one without a name of their own, at once only."""
        record = live.rights.set_role(known_participant(live, participant_id), role)
        live.do(live.room.set_role(ParticipantId(participant_id), role, time.monotonic()))
        if record is not None:
            await self._hub.store.rooms.save_participant(record)

    async def remove(self, live: LiveRoom, participant_id: str) -> None:
        """Out, and not back by the same link."""
        removal = live.rights.remove(known_participant(live, participant_id), time.time())
        reason = "an owner has removed you from this room"
        live.do(live.room.kick(ParticipantId(participant_id), reason, time.monotonic()))
        if removal.participant is not None:
            await self._hub.store.rooms.save_participant(removal.participant)
        if removal.invite is not None:
            await self._hub.store.rooms.save_invite(removal.invite)
        if removal.room is not None:
            await self._hub.store.rooms.save_room(removal.room)

    # ---- history ----

    async def history(
        self, live: LiveRoom, document_id: DocumentId, *, before: int, limit: int
    ) -> tuple[HistoryEntry, ...]:
        """Newest first, with what waits for the store at this moment."""
        await self._hub.commits.flush()
        return await self._hub.store.history.history(live.room_id, document_id, before=before, limit=limit)

    async def document_at(self, live: LiveRoom, document_id: DocumentId, sequence: int) -> StoredDocument:
        """As it was. Raises NotAllowed with the code "forgotten" if that is longer ago than what is kept."""
        stored = await self._hub.store.history.document_at(live.room_id, document_id, sequence)
        if stored is None:
            raise NotAllowed("The hub does not keep history as old as that any more.", code="forgotten")
        return stored

    # ---- helping ----

    async def durably(self, live: LiveRoom, effects: list[RoomEffect]) -> None:
        """Carry out, and wait until it is stored. Raises StoreUnavailable."""
        failures = live.failures
        live.do(effects)
        await self._hub.commits.flush()
        if live.failures != failures:
            raise StoreUnavailable("The change could not be stored; try again.")

    def link(self, room_id: str, token: str | None = None) -> str:
        """For a person; without a token it opens what its reader may enter anyway."""
        return format_link(Link(self._hub.public_url, RoomId(room_id), token))


def new_invite(room_id: str, role: Role, expires_at: float | None, *, issued_by: str, now: float) -> InviteRecord:
    """An invite with a fresh id."""
    return InviteRecord(secrets.token_urlsafe(12), room_id, role.value, issued_by, now, expires_at)


def fresh_writer(author: ParticipantId) -> Writer:
    """Somebody who writes once."""
    return Writer(author, ClientId(secrets.randbits(32)))


def known_participant(live: LiveRoom, participant_id: str) -> str:
    """The principal behind the id that others see, which may end in " (2)". Raises NotAllowed for a stranger."""
    here = live.room.principal_of(participant_id)
    if here is not None:
        return here
    principal = participant_id.partition(" (")[0]
    if principal in live.rights.participants:
        return principal
    raise NotAllowed("There is no such participant in this room.", code="unknown-participant")


def known_document(live: LiveRoom, document_id: str) -> DocumentId:
    """Raises NotAllowed with the code "unknown-document"."""
    if document_id not in live.room.documents():
        raise NotAllowed("There is no such document in this room.", code="unknown-document")
    return DocumentId(document_id)
