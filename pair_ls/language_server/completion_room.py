"""Documents of the room that are not open here, for completion: learned from, and shown to an endpoint beside others.

A text comes from the replica, or, once that has laid it aside, from what was learned. Whether a text may leave the
machine is not decided here.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Protocol

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.crdt.shared_text import SharedText
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.learning import LANGUAGES, LARGEST_FILE, MOST_CHARACTERS
from pair_ls.room.effects import DocumentSynced, IndexChanged, ReplicaEffect, TextChanged
from pair_ls.room.ids import DocumentId
from pair_ls.text import Delta, PositionEncoding

LEARN_SECONDS = 1.0
"""A text that others are typing in is learned when they pause, or after this time."""
_PAUSE_SECONDS = 0.02
_MOST_AT_ONCE = 20
_MOST_RECENT = 50
_MOST_SHOWN = 20
_MOST_ORDERED = 200


class RoomTexts(Protocol):
    """The room, as much of it as is needed (RoomLink)."""

    def entries(self) -> dict[DocumentId, DocumentEntry]:
        """All documents."""
        ...

    def shared_text(self, document_id: DocumentId) -> SharedText | None:
        """To read; None if it is not here."""
        ...

    def uri_of_path(self, path: str) -> str | None:
        """Where the document is, or would be, on this machine."""
        ...


class Learner(Protocol):
    """Who learns (Completion)."""

    def learn_room_text(self, uri: str, language_id: str, text: str) -> bool:
        """Whether that was possible already."""
        ...

    def forget_room_text(self, uri: str) -> None:
        """The document is gone."""
        ...

    def learned_text(self, uri: str) -> str | None:
        """What was learned last."""
        ...

    def is_open(self, uri: str) -> bool:
        """Whether the editor has it open."""
        ...


class RoomDocuments:
    """From `entered` to `left`. Called in the event loop; nothing here waits."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._room: RoomTexts | None = None
        self._entries: dict[DocumentId, DocumentEntry] = {}
        self._uris: dict[DocumentId, str] = {}
        self._order: dict[str, list[DocumentId]] = {}  # by the suffix that is to come first
        self._edited: dict[DocumentId, tuple[int, int]] = {}  # by others, the latest last
        self._here: set[DocumentId] = set()  # whose text has come: what changes from then on is somebody's edit
        self._due: dict[DocumentId, None] = {}
        self._learned: dict[DocumentId, int] = {}  # characters
        self._alarm: Alarm | None = None
        self._clock: Callable[[], float]

    def entered(self, room: RoomTexts, loop: asyncio.AbstractEventLoop) -> None:
        """The room of a folder was entered."""
        self.left()
        self._room = room
        self._alarm = Alarm(loop, self._learn)
        self._clock = loop.time
        self._take_index(room.entries())

    def left(self) -> None:
        """In no room any more. What was learned stays."""
        if self._alarm is not None:
            self._alarm.stop()
        self._room = self._alarm = None
        self._entries = {}
        for known in (self._uris, self._order, self._edited, self._here, self._due, self._learned):
            known.clear()

    def effect(self, effect: ReplicaEffect) -> None:
        """The replica says what changed."""
        match effect:
            case IndexChanged(entries):
                self._take_index(entries)
            case DocumentSynced(document_id):
                self._here.add(document_id)
                self._changed(document_id)
            case TextChanged(document_id, edits) if edits and document_id in self._here:
                self._note_edit(document_id, edits)
                self._changed(document_id)

    def texts(self, uri: str) -> Iterator[tuple[str, str, tuple[int, int] | None]]:
        """(uri, text, lines that others edited) of what may be of interest beside a document, the best first."""
        if self._room is None:
            return
        wanted = [*reversed(self._edited), *(one for one in self._ordered(uri) if one not in self._edited)]
        shown = 0
        for document_id in wanted:
            other = self._uris.get(document_id)
            if other is None or other == uri or self._learner.is_open(other):
                continue
            text = self._text(document_id, other)
            if text is not None:
                yield other, text, self._edited.get(document_id)
                shown += 1
            if shown == _MOST_SHOWN:
                return

    def _text(self, document_id: DocumentId, uri: str) -> str | None:
        shared = None if self._room is None else self._room.shared_text(document_id)
        return self._learner.learned_text(uri) if shared is None else shared.text

    def _ordered(self, uri: str) -> list[DocumentId]:
        """Some of the same kind first; chosen once per kind, as long as the index stays."""
        suffix = PurePosixPath(uri).suffix
        known = self._order.get(suffix)
        if known is None:
            found = heapq.nsmallest(
                _MOST_ORDERED, self._uris.items(), key=lambda pair: (not pair[1].endswith(suffix), pair[1])
            )
            known = self._order[suffix] = [document_id for document_id, _ in found]
        return known

    def _take_index(self, entries: dict[DocumentId, DocumentEntry]) -> None:
        """Only what is new costs more than a look: a large room grows by one entry at a time."""
        room, before = self._room, self._entries
        if room is None:
            return
        self._entries = entries
        changed = [document_id for document_id in entries if entries[document_id] != before.get(document_id)]
        for document_id in [*changed, *(before.keys() - entries.keys())]:
            uri = self._uris.pop(document_id, None)
            entry = entries.get(document_id)
            new_uri = None if entry is None else room.uri_of_path(entry.path)
            if new_uri is not None:
                self._uris[document_id] = new_uri
            if uri is not None and uri != new_uri and self._learned.pop(document_id, None) is not None:
                self._learner.forget_room_text(uri)
                self._changed(document_id)
            if new_uri is None:
                self._edited.pop(document_id, None)
            self._order = {}

    def _note_edit(self, document_id: DocumentId, edits: Delta) -> None:
        shared = None if self._room is None else self._room.shared_text(document_id)
        if shared is None:
            return
        last = edits[-1]
        start = last.start + sum(edit.growth for edit in edits[:-1])
        first = shared.lines.position(start, PositionEncoding.UTF32).line
        self._edited.pop(document_id, None)
        self._edited[document_id] = (first, first + last.new_text.count("\n"))
        if len(self._edited) > _MOST_RECENT:
            del self._edited[next(iter(self._edited))]

    def _changed(self, document_id: DocumentId) -> None:
        if self._alarm is not None:
            self._due[document_id] = None
            self._alarm.set_earliest(self._clock() + LEARN_SECONDS)

    def _learn(self) -> None:
        """What has changed, as far as it is code and not too much, some documents at a time; what cannot be learned yet
        waits."""
        due = list(self._due)[:_MOST_AT_ONCE]
        room = sum(self._learned.values())
        for document_id in due:
            del self._due[document_id]
            uri = self._uris.get(document_id)
            shared = None if self._room is None else self._room.shared_text(document_id)
            language = LANGUAGES.get(PurePosixPath(uri or "").suffix)
            if uri is None or shared is None or language is None or self._learner.is_open(uri):
                continue
            size, before = len(shared.lines), self._learned.get(document_id, 0)
            if size > LARGEST_FILE or room - before + size > MOST_CHARACTERS:
                continue
            if self._learner.learn_room_text(uri, language, shared.text):
                self._learned[document_id] = size
                room += size - before
            else:
                self._due[document_id] = None
        if self._due and self._alarm is not None:
            is_waiting = all(document_id in due for document_id in self._due)
            self._alarm.set_earliest(self._clock() + (LEARN_SECONDS if is_waiting else _PAUSE_SECONDS))
