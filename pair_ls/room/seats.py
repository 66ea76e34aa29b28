"""All connections of a room: who has which participant id, and how others see them."""

from collections.abc import Iterable, Iterator
from typing import Any

from pair_ls.room.document_awareness import State
from pair_ls.room.ids import ANONYMOUS, INVITED, PERSON, ConnectionId, DocumentId, ParticipantId
from pair_ls.room.member import Framing, Member, Participant
from pair_ls.room.seat import Seat

_PRINCIPALS = (PERSON, INVITED)


class Seats:
    """In the order of joining. Changed by `Room` only."""

    __slots__ = ("_seats", "find")

    def __init__(self) -> None:
        self._seats: dict[ConnectionId, Seat] = {}
        self.find = self._seats.get
        """Whose connection this is; None if it is gone. (Asked for every message.)"""

    def __len__(self) -> int:
        return len(self._seats)

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._seats.values())

    def some(self, connections: Iterable[ConnectionId]) -> list[Seat]:
        """Those of these connections that are here."""
        return [self._seats[connection] for connection in connections if connection in self._seats]

    def take(self, connection: ConnectionId, member: Member, now: float) -> Seat:
        """A new connection sits down."""
        wanted = member.participant_id
        participant_id = wanted if wanted.startswith(PERSON) else self._unique(wanted, None)
        seat = self._seats[connection] = Seat(connection, member, participant_id, now)
        return seat

    def rename(self, seat: Seat, wanted: str) -> None:
        """A simple client says how it wants to be called; what several may say is made unique.

        What looks like a principal is not taken: an owner's command about that person must not reach another.
        """
        if not wanted.startswith(_PRINCIPALS):
            seat.participant_id = self._unique(ParticipantId(wanted), seat)

    def remove(self, connection: ConnectionId) -> Seat | None:
        """The connection is gone."""
        return self._seats.pop(connection, None)

    def of_participant(self, participant_id: ParticipantId) -> list[Seat]:
        """All connections of a participant, by principal or by the id that others see.

        The anonymous are strangers to each other.
        """
        named = {
            seat.member.participant_id
            for seat in self
            if participant_id in (seat.participant_id, seat.member.participant_id)
        }
        named.discard(ANONYMOUS)
        return [s for s in self if s.participant_id == participant_id or s.member.participant_id in named]

    def principal_of(self, participant_id: str) -> ParticipantId | None:
        """Of somebody who is here, from the id that others see."""
        return next((seat.member.participant_id for seat in self if seat.participant_id == participant_id), None)

    def _unique(self, wanted: ParticipantId, own: Seat | None) -> ParticipantId:
        taken = {seat.participant_id for seat in self if seat is not own}
        number, free = 1, wanted
        while free in taken:
            number += 1
            free = ParticipantId(f"{wanted} ({number})")
        return free


def participant_of(seat: Seat, said: State) -> Participant:
    """One connection as others see it; `said` is its awareness state in the index."""
    document_id = None if seat.framing is Framing.PAIR else seat.member.document_id
    document, line = said.get("document"), said.get("line")
    if isinstance(document, str):
        document_id = DocumentId(document)
    for _, attachment in seat.open.values():
        if attachment.simple is not None:
            line = attachment.simple.line
    return Participant(
        seat.participant_id,
        seat.name,
        seat.color,
        seat.role,
        seat.joined_at,
        document_id or None,
        line if isinstance(line, int) else None,
    )


def participant_json(participant: Participant) -> dict[str, Any]:
    """As requests and simple clients are told of a participant."""
    return {
        "participantId": participant.participant_id,
        "userId": participant.participant_id,
        "name": participant.name,
        "color": participant.color,
        "role": participant.role.value,
        "document": participant.document_id,
        "line": participant.line,
    }
