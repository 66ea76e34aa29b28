"""The SQL of rooms, invites and participants. Plain functions on an open transaction."""

from dataclasses import asdict

from sqlalchemy import Connection, and_, delete, insert, select, update

from pair_ls.storage.store import InviteRecord, ParticipantRecord, RoomRecord
from pair_ls.storage.tables import checkpoints, documents, invites, participants, rooms, updates


def create_room(connection: Connection, room: RoomRecord) -> None:
    """Its id must be new."""
    connection.execute(insert(rooms).values(asdict(room)))


def room(connection: Connection, room_id: str) -> RoomRecord | None:
    """As it was made; the time of the last update is in the log."""
    row = connection.execute(select(rooms).where(rooms.c.room_id == room_id)).one_or_none()
    return RoomRecord(**row._mapping) if row is not None else None


def save_room(connection: Connection, room: RoomRecord) -> None:
    """Nothing happens if there is no such room."""
    changed = {name: value for name, value in asdict(room).items() if name not in ("room_id", "updated_at")}
    connection.execute(update(rooms).where(rooms.c.room_id == room.room_id).values(changed))


def delete_room(connection: Connection, room_id: str) -> None:
    """The room and who may enter it; its documents go first."""
    for table in (invites, participants, rooms):
        connection.execute(delete(table).where(table.c.room_id == room_id))


def drop_document(connection: Connection, room_id: str, document_id: str) -> None:
    """Everything of one document."""
    match = and_(documents.c.room_id == room_id, documents.c.document_id == document_id)
    key = select(documents.c.document_key).where(match)
    connection.execute(delete(updates).where(updates.c.document_key.in_(key)))
    connection.execute(delete(checkpoints).where(checkpoints.c.document_key.in_(key)))
    connection.execute(delete(documents).where(match))


def save_invite(connection: Connection, invite: InviteRecord) -> None:
    """Add or replace."""
    connection.execute(delete(invites).where(invites.c.invite_id == invite.invite_id))
    connection.execute(insert(invites).values(asdict(invite)))


def find_invites(connection: Connection, room_id: str) -> tuple[InviteRecord, ...]:
    """Oldest first."""
    rows = connection.execute(select(invites).where(invites.c.room_id == room_id).order_by(invites.c.issued_at))
    return tuple(InviteRecord(**row._mapping) for row in rows)


def save_participant(connection: Connection, participant: ParticipantRecord) -> None:
    """Add or replace."""
    same = (participants.c.room_id == participant.room_id, participants.c.participant_id == participant.participant_id)
    connection.execute(delete(participants).where(*same))
    connection.execute(insert(participants).values(asdict(participant)))


def find_participants(connection: Connection, room_id: str) -> tuple[ParticipantRecord, ...]:
    """Oldest first."""
    chosen = select(participants).where(participants.c.room_id == room_id).order_by(participants.c.joined_at)
    return tuple(ParticipantRecord(**row._mapping) for row in connection.execute(chosen))
