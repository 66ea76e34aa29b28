"""The index of a room at the hub: which documents there are. Only the hub writes it, so a path has one document."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_document import merge_updates
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.errors import NotAllowed, RefusedBytes
from pair_ls.room.document_path import first_free, main_path, path_key
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import MAIN, DocumentId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Member
from pair_ls.room.room_document import RoomDocument

_READER = ClientId(1)
_MOST_IDS = 1_000  # Yjs client ids in an index, before one is used again
_SOON_COPIED = 64  # entries of an index of which no replica to write with is kept: a fifth of what a quiet room takes


class Writer(NamedTuple):
    """For whom the hub writes: the author of the update, and a Yjs client id that nobody has used before."""

    author: ParticipantId
    client_id: ClientId


def writer_of(member: Member) -> Writer:
    """A member as the author of what the hub writes for it."""
    return Writer(member.participant_id, member.client_id)


class RoomIndex:
    """`entries` is what `document`, the index's own document, says."""

    __slots__ = (
        "_ids",
        "_limits",
        "_writer",
        "_writer_id",
        "document",
        "entries",
    )

    def __init__(self, document: RoomDocument, limits: RoomLimits) -> None:
        self.document = document
        self.entries: dict[DocumentId, DocumentEntry] = {}
        self._ids: dict[str, DocumentId] = {}  # by the key of the path
        self._limits = limits
        self._writer: SharedIndex | None = None  # follows the document, as nobody else writes it
        self._writer_id: ClientId | None = None

    def refresh(self) -> None:
        """After the document was loaded."""
        self._writer = self._writer_id = None
        self.entries = {DocumentId(i): entry for i, entry in self._copy(_READER).entries().items()}
        self._ids = {path_key(entry.path): document_id for document_id, entry in self.entries.items()}

    def find(self, path: str) -> DocumentId | None:
        """The document at this path, or at one that some file system takes for the same."""
        return self._ids.get(path_key(path))

    def create(
        self, path: str, language: str, writer: Writer, *, as_main: bool = False
    ) -> tuple[DocumentId, list[RoomEffect]]:
        """A new document; the path must not be taken. Raises NotAllowed if there are too many."""
        self._check_space(1)
        document_id = MAIN if as_main else self._new_ids([path])[0]
        return document_id, self._set(document_id, DocumentEntry(path, language), writer)

    def create_many(self, entries: Sequence[DocumentEntry], writer: Writer) -> list[RoomEffect]:
        """New documents by one update; no path must be taken, nor two be equal. Raises NotAllowed if too many."""
        if not entries:
            return []
        self._check_space(len(entries))
        new = dict(zip(self._new_ids([entry.path for entry in entries]), entries, strict=True))
        return self._set_all(new, writer)

    def create_main(self, path: str | None, language: str, writer: Writer) -> list[RoomEffect]:
        """The main document, unless it is there."""
        if MAIN in self.entries:
            return []
        free = first_free(path or main_path(language), self._ids.__contains__)
        return self._set(MAIN, DocumentEntry(free, language), writer)

    def rename(self, document_id: DocumentId, path: str, writer: Writer) -> tuple[str, list[RoomEffect]]:
        """The path that the document has now: if the wanted one is taken, "name (2).ext". Raises RefusedBytes."""
        entry = self.entry(document_id)
        free = first_free(path, lambda key: self._ids.get(key, document_id) != document_id)
        if free == entry.path:
            return free, []
        return free, self._set(document_id, DocumentEntry(free, entry.language), writer)

    def delete(self, document_id: DocumentId, writer: Writer) -> list[RoomEffect]:
        """Takes the document out. Its stored updates stay in the store. Raises RefusedBytes."""
        self.entry(document_id)
        effects = self._write(writer, lambda copy: copy.remove(document_id))
        self._drop_entry(document_id)
        return effects

    def entry(self, document_id: DocumentId) -> DocumentEntry:
        """What the index says. Raises RefusedBytes if the document is not in it."""
        entry = self.entries.get(document_id)
        if entry is None:
            raise RefusedBytes("There is no such document in this room.", code="unknown-document")
        return entry

    def _set(self, document_id: DocumentId, entry: DocumentEntry, writer: Writer) -> list[RoomEffect]:
        return self._set_all({document_id: entry}, writer)

    def _set_all(self, entries: Mapping[DocumentId, DocumentEntry], writer: Writer) -> list[RoomEffect]:
        effects = self._write(writer, lambda copy: merge_updates([copy.set(i, entry) for i, entry in entries.items()]))
        for document_id, entry in entries.items():
            self._drop_entry(document_id)
            self.entries[document_id] = entry
            self._ids[path_key(entry.path)] = document_id
        return effects

    def _drop_entry(self, document_id: DocumentId) -> None:
        entry = self.entries.pop(document_id, None)
        if entry is not None and self._ids.get(path_key(entry.path)) == document_id:
            del self._ids[path_key(entry.path)]

    def _write(self, writer: Writer, change: Callable[[SharedIndex], bytes]) -> list[RoomEffect]:
        """Under one Yjs client id for all, as a document takes only so many; the store knows for whom."""
        copy, self._writer = self._writer, None  # if this fails, the next one is made anew
        if copy is None:
            copy = self._copy(self._writer_id or self._own_id(writer))
        self._writer_id = None
        effects = self.document.write(change(copy), writer.author)
        self._writer_id = copy.client_id
        if len(self.entries) >= _SOON_COPIED:
            self._writer = copy
        return effects

    def _own_id(self, writer: Writer) -> ClientId:
        """That of the first who writes after a load; when that was often, one that is known."""
        known = self.document.shared.state()
        return writer.client_id if len(known) < _MOST_IDS else ClientId(max(known))

    def _check_space(self, count: int) -> None:
        if len(self.entries) + count > self._limits.documents:
            raise NotAllowed(
                f"A room may have {self._limits.documents} documents. Delete some first.",
                code="too-many-documents",
            )

    def _copy(self, client_id: ClientId) -> SharedIndex:
        copy = SharedIndex(client_id)
        copy.document.load([(self.document.shared.update_since(), None)])
        return copy

    def _new_ids(self, paths: Sequence[str]) -> list[DocumentId]:
        """Never the same twice, without dice: the state vector grows with each document that comes."""
        state = bytes(str(sorted(self.document.shared.state().items())), "ascii")
        digests = [hashlib.sha256(path.encode() + b"\0" + state).digest()[:12] for path in paths]
        return [DocumentId(urlsafe_b64encode(digest).decode()) for digest in digests]
