"""Who is where: tells the room where this user is, and the editor where the others are.

Two awareness states are ours: in the room's index `{user, document, line}`, and in the document we are in `{user,
cursor}` with Yjs relative positions, the shape that stock Yjs editor bindings draw. The hub stamps `user`. Things are
noted when they happen and told by `announce`, now and then.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.shared_text import SharedText
from pair_ls.language_server.client import Client
from pair_ls.language_server.convert import lsp_position
from pair_ls.language_server.custom_methods import CURSORS, PARTICIPANTS
from pair_ls.language_server.documents import OpenDocument, OpenDocuments
from pair_ls.language_server.editor_client import EditorClient
from pair_ls.language_server.room_link import RoomLink
from pair_ls.room.ids import INDEX, DocumentId
from pair_ls.text import Delta, Position, map_offset

State = Mapping[str, Any]  # an awareness state is JSON of the clients' own


@dataclass(frozen=True, slots=True)
class Person:
    """One connection to the room. `document_id` and `line` (from 0) say where, if it has told."""

    participant_id: str
    name: str
    color: str = ""
    role: str = ""
    is_self: bool = False
    document_id: DocumentId | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Somebody's caret (`head`) and the other end of their selection, as positions of this editor."""

    person: Person
    anchor: Position
    head: Position


@dataclass(slots=True)
class Place:
    """Where this user is: offsets in the shared text of an open document."""

    document: OpenDocument
    anchor: int
    head: int


class Presence:
    """One per workspace. Its methods only note; `announce` tells."""

    def __init__(self, editor: EditorClient, documents: OpenDocuments, announce_soon: Callable[[], None]) -> None:
        self._editor = editor
        self._documents = documents
        self._announce_soon = announce_soon
        self._link: RoomLink | None = None
        self._client = Client()
        self._place: Place | None = None
        self._place_is_told = True
        self._told_where: tuple[DocumentId | None, int | None] = (None, None)
        self._told: dict[str, str] = {}

    def begin(self, client: Client) -> None:
        """What the editor draws itself."""
        self._client = client

    def entered(self, link: RoomLink) -> None:
        """A room was entered."""
        self._link = link

    def left(self) -> None:
        """The room was left: nobody is anywhere any more."""
        self._link = self._place = None
        self._told_where = (None, None)
        self._announce_soon()

    def connected(self) -> None:
        """The hub is there (again): say that we are here, and where."""
        self._place_is_told = False
        self._announce_soon()

    # ---- where this user is ----

    def typed(self, document: OpenDocument, edits: Delta) -> None:
        """The user changed the shared text: the caret is behind what was typed last."""
        last = edits[-1]
        offset = last.start + sum(edit.growth for edit in edits[:-1]) + len(last.new_text)
        self._move(Place(document, offset, offset))

    def caret(self, document: OpenDocument, anchor: Position, head: Position) -> None:
        """The editor said where the caret is."""
        text = document.binding.editor_text
        offsets = [text.lines.offset(position, text.encoding) for position in (anchor, head)]
        document.binding.caret_moved(offsets[1])
        anchor_offset, head_offset = (document.binding.shared_offset(min(offset, len(text))) for offset in offsets)
        self._move(Place(document, anchor_offset, head_offset))

    def text_changed(self, document: OpenDocument, edits: Delta) -> None:
        """Others changed the text: our caret moves with it, and so may theirs."""
        place = self._place
        if place is not None and place.document is document:
            place.anchor = map_offset(place.anchor, edits, stick_right=False)
            place.head = map_offset(place.head, edits, stick_right=False)
        self._announce_soon()

    def closed(self, document: OpenDocument) -> None:
        """The user is no longer there."""
        if self._place is not None and self._place.document is document:
            self._place = None
            self._place_is_told = False
        self._told.pop(document.uri, None)
        self._announce_soon()

    def _move(self, place: Place) -> None:
        self._place = place
        self._place_is_told = False
        self._announce_soon()

    # ---- where the others are ----

    def people(self) -> list[Person]:
        """Everybody in the room, ourselves first."""
        link = self._link
        if link is None:
            return []
        others = [person_of(state) for state in link.replica.awareness_states(INDEX).values()]
        return [self._myself(link), *sorted(others, key=lambda person: (person.name, person.participant_id))]

    def cursors(self, document: OpenDocument) -> list[Cursor]:
        """The others' carets in an open document."""
        link = self._link
        shared = None if link is None or document.document_id is None else link.shared_text(document.document_id)
        if link is None or shared is None or document.document_id is None or not document.is_bound:
            return []
        states = link.replica.awareness_states(document.document_id).values()
        found = (_cursor(document, shared, state) for state in states)
        return sorted(
            (cursor for cursor in found if cursor is not None), key=lambda cursor: cursor.person.participant_id
        )

    def participants_json(self) -> list[dict[str, Any]]:
        """Everybody, as pair/participants and pair.who tell it."""
        return [self._person_json(person) for person in self.people()]

    def uri_of(self, document_id: DocumentId | None) -> tuple[str | None, str | None]:
        """The uri and path of a document of the room, open here or not."""
        link = self._link
        if document_id is None or link is None:
            return None, None
        entry = link.replica.entries().get(document_id)
        document = self._documents.with_id(document_id)
        if document is not None:
            return document.uri, document.path if entry is None else entry.path
        if entry is None:
            return None, None
        return link.uri_of_path(entry.path), entry.path

    def is_in_step(self, document_id: DocumentId) -> bool:
        """Whether the document is open here, with the room's text."""
        document = self._documents.with_id(document_id)
        return document is not None and document.is_bound

    def has_line(self, document_id: DocumentId, line: int) -> bool:
        """Whether the editor's text of an open document has this line (from 0) already."""
        document = self._documents.with_id(document_id)
        return document is not None and line < document.binding.editor_text.lines.line_count

    # ---- telling ----

    def announce(self) -> None:
        """Tell the room where we are and the editor where the others are, as far as it is news."""
        if self._link is not None:
            self._tell_room(self._link)
        self._tell_editor()

    def _tell_room(self, link: RoomLink) -> None:
        """Others' edits move the line, and a document may come into the room under a caret that was told before."""
        place = self._place
        document_id = place.document.document_id if place is not None and place.document.is_bound else None
        shared = None if document_id is None else link.shared_text(document_id)
        line = None if place is None or shared is None else _line_told(place, shared)
        told_document, told_line = self._told_where
        is_moved = document_id != told_document or not self._place_is_told
        if not is_moved and line == told_line:
            return
        self._told_where = document_id, line
        self._place_is_told = True
        user = {"name": link.folder.address.name}
        if told_document not in (None, document_id):
            link.set_awareness(told_document, None)
        if is_moved and place is not None and document_id is not None and shared is not None:
            anchor, head = (anchor_at(shared, min(offset, len(shared.lines))) for offset in (place.anchor, place.head))
            link.set_awareness(document_id, {"user": user, "cursor": {"anchor": anchor, "head": head}})
        link.set_awareness(INDEX, {"user": user, "document": document_id, "line": line})

    def _tell_editor(self) -> None:
        if self._client.wants_status and self._is_news(PARTICIPANTS, participants := self.participants_json()):
            self._editor.notify_if_reading(PARTICIPANTS, {"participants": participants})
        moved = [document for document in self._documents if self._is_news(document.uri, self._cursors_json(document))]
        if self._client.draws_cursors:
            for document in moved:
                cursors = self._cursors_json(document)
                self._editor.notify_if_reading(CURSORS, {"uri": document.uri, "cursors": cursors})
        elif moved and self._client.refreshes_inlay_hints:
            self._editor.refresh_inlay_hints()

    def _is_news(self, key: str, value: list[dict[str, Any]]) -> bool:
        written = json.dumps(value)
        is_news = self._told.get(key, "[]") != written
        self._told[key] = written
        return is_news

    def _cursors_json(self, document: OpenDocument) -> list[dict[str, Any]]:
        return [
            {
                "participantId": cursor.person.participant_id,
                "name": cursor.person.name,
                "color": cursor.person.color,
                "anchor": lsp_position(cursor.anchor),
                "head": lsp_position(cursor.head),
            }
            for cursor in self.cursors(document)
        ]

    def _person_json(self, person: Person) -> dict[str, Any]:
        uri, path = self.uri_of(person.document_id)
        return {
            "participantId": person.participant_id,
            "name": person.name,
            "role": person.role,
            "color": person.color,
            "self": person.is_self,
            "uri": uri,
            "path": path,
            "line": person.line,
        }

    def _myself(self, link: RoomLink) -> Person:
        place = self._place
        role = link.replica.role
        address = link.folder.address
        document = None if place is None else place.document
        return Person(
            participant_id=link.replica.participant_id or "",
            name=address.name,
            color=address.color or "",
            role="" if role is None else role.value,
            is_self=True,
            document_id=None if document is None else document.document_id,
            line=None if place is None else self._line(place),
        )

    def _line(self, place: Place) -> int:
        text = place.document.binding.editor_text
        return text.lines.position(place.document.binding.editor_offset(place.head), text.encoding).line


def _line_told(place: Place, shared: SharedText) -> int:
    encoding = place.document.binding.editor_text.encoding
    return shared.lines.position(min(place.head, len(shared.lines)), encoding).line


def person_of(state: State) -> Person:
    """A person from an awareness state of the index; what is malformed counts as missing."""
    user = state.get("user")
    user = user if isinstance(user, Mapping) else {}
    document, line = state.get("document"), state.get("line")
    return Person(
        participant_id=_text(user.get("participantId")),
        name=_text(user.get("name")) or "?",
        color=_text(user.get("color")),
        role=_text(user.get("role")),
        document_id=DocumentId(document) if isinstance(document, str) and document else None,
        line=line if isinstance(line, int) and line >= 0 else None,
    )


def _cursor(document: OpenDocument, shared: SharedText, state: State) -> Cursor | None:
    cursor = state.get("cursor")
    if not isinstance(cursor, Mapping):
        return None
    anchor, head = (_position(document, shared, cursor.get(end)) for end in ("anchor", "head"))
    if anchor is None or head is None:
        return None
    return Cursor(person_of(state), anchor, head)


def _position(document: OpenDocument, shared: SharedText, said: object) -> Position | None:
    offset = offset_of(shared, said)
    if offset is None:
        return None
    text = document.binding.editor_text
    return text.lines.position(document.binding.editor_offset(offset), text.encoding)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
