"""What clients ask of a room by name (openDocument, renameDocument, ...; docs/protocol.md). Pure."""

from collections.abc import Sequence
from typing import Any, assert_never

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.errors import NotAllowed, PathRefused, RefusedBytes
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.document_path import path_key
from pair_ls.room.effects import RoomEffect, Send
from pair_ls.room.ids import INDEX, DocumentId
from pair_ls.room.member import Framing
from pair_ls.room.messages import Notice, Request, Response, encode_frame
from pair_ls.room.requests import (
    DeleteDocument,
    ListParticipants,
    OpenDocument,
    OpenDocuments,
    RenameDocument,
    SeedDocument,
    parse_request,
)
from pair_ls.room.role import Role
from pair_ls.room.room_floor import RoomFloor
from pair_ls.room.room_index import Writer, writer_of
from pair_ls.room.seat import Seat
from pair_ls.room.seats import participant_json


class RoomRequests:
    """Answers when what it did is durable."""

    __slots__ = ("_documents", "_floor", "_index", "_seats")

    def __init__(self, floor: RoomFloor) -> None:
        self._floor = floor
        self._seats = floor.seats
        self._documents = floor.documents
        self._index = floor.index

    def answer(self, seat: Seat, request: Request, now: float) -> list[RoomEffect]:
        """Every request gets one response, an error if it may not or cannot be done."""
        try:
            return self._do_request(seat, request, now)
        except (NotAllowed, PathRefused, RefusedBytes) as error:
            return self._respond(seat, Response(request.request_id, error=(error.code, error.message)))

    def _do_request(self, seat: Seat, request: Request, now: float) -> list[RoomEffect]:
        writer = writer_of(seat.member)
        asked = parse_request(request.method, request.params)
        match asked:
            case OpenDocument(path, language):
                as_main = not self._index.entries and seat.role.may_manage
                document_id, effects = self.open(path, language, writer, seat.role, as_main=as_main)
                return effects + self._respond_when_durable(seat, request, self._opened_json(seat, document_id))
            case OpenDocuments(documents):
                effects = self._create_missing(documents, writer, seat.role)
                found = [self._index.find(document.path) for document in documents]
                opened = [self._opened_json(seat, document_id) for document_id in found if document_id is not None]
                return effects + self._respond_when_durable(seat, request, {"documents": opened})
            case SeedDocument(document_id, text):
                _require(seat.role.may_edit, "seed a document")
                self._index.entry(document_id)
                return self._seed(seat, request, document_id, text, now)
            case RenameDocument(document_id, path):
                _require(seat.role.may_edit, "rename a document")
                free, effects = self._index.rename(document_id, path, writer)
                return effects + self._respond_when_durable(seat, request, {"path": free})
            case DeleteDocument(document_id):
                _require(seat.role.may_edit, "delete a document")
                effects = self._index.delete(document_id, writer)
                return effects + self.forget(document_id, now) + self._respond_when_durable(seat, request, {})
            case ListParticipants():
                people = [participant_json(participant) for participant in self._floor.participants()]
                return self._respond(seat, Response(request.request_id, {"participants": people}))
            case _:
                assert_never(asked)

    def open(
        self, path: str, language: str, writer: Writer, role: Role, *, as_main: bool
    ) -> tuple[DocumentId, list[RoomEffect]]:
        """The one place where documents come into being, so that the same path has the same document for all."""
        found = self._index.find(path)
        if found is not None:
            return found, []
        _require(role.may_edit, "create a document")
        return self._index.create(path, language, writer, as_main=as_main)

    def _create_missing(self, documents: Sequence[OpenDocument], writer: Writer, role: Role) -> list[RoomEffect]:
        """The same for many; where two paths of them are one for some file system, the first makes the document."""
        missing = {
            path_key(document.path): DocumentEntry(document.path, document.language)
            for document in reversed(documents)
            if self._index.find(document.path) is None
        }
        if missing:
            _require(role.may_edit, "create documents")
        return self._index.create_many(list(reversed(missing.values())), writer)

    def _opened_json(self, seat: Seat, document_id: DocumentId) -> dict[str, Any]:
        return {
            "documentId": document_id,
            "path": self._index.entries[document_id].path,
            "seed": seat.role.may_edit and self._documents.is_unwritten(document_id),
        }

    def _seed(self, seat: Seat, request: Request, document_id: DocumentId, text: str, now: float) -> list[RoomEffect]:
        """The first content of a document, once however many offer theirs: the hub writes it, or says: too late."""
        document = self._documents.obtain(document_id)
        if not document.is_loaded:
            return self._floor.wait(seat, document, encode_frame(INDEX, request), now)
        if not document.shared.is_empty:
            return self._respond(seat, Response(request.request_id, {"seeded": False}))
        effects = self._documents.write_text(document, text, writer_of(seat.member))
        held = Response(request.request_id, {"seeded": True})
        return effects + document.hold(
            tuple(self._respond(seat, held)), tuple(self._respond(seat, _not_saved(request)))
        )

    def forget(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        """A deleted document: nobody has it open any more. What is on its way to the store goes there."""
        document = self._documents.find(document_id)
        if document is None:
            return []
        effects: list[RoomEffect] = []
        for seat in self._seats.some(document.attachments):
            if seat.framing is Framing.PAIR:
                self._floor.detach(seat, document)
                notice = Notice(
                    "document-deleted", "This document was deleted from the room. Your text stays with you."
                )
                effects += self._floor.notice(seat, document_id, notice)
            else:
                effects += self._floor.close(seat, CloseCode.UNKNOWN, "the document was deleted", now)
        self._documents.forget(document_id)
        return effects

    def _respond(self, seat: Seat, response: Response) -> list[RoomEffect]:
        return [Send((seat.connection,), encode_frame(INDEX, response))]

    def _respond_when_durable(self, seat: Seat, request: Request, result: dict[str, Any]) -> list[RoomEffect]:
        return self._index.document.hold(
            tuple(self._respond(seat, Response(request.request_id, result))),
            tuple(self._respond(seat, _not_saved(request))),
        )


def _require(is_allowed: bool, what: str) -> None:
    if not is_allowed:
        raise NotAllowed(f"A viewer may not {what}.")


def _not_saved(request: Request) -> Response:
    return Response(request.request_id, error=("not-saved", "The hub could not store this. Ask again."))
