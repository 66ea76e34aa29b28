"""The index of a room at the hub: which documents there are. Only the hub writes it, so a path has one document."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_document import merge_updates
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.errors import NotAllowed, RefusedBytes
from pair_ls.room.document_path import free_path, main_path, path_key
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import MAIN, DocumentId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Member
from pair_ls.room.room_document import RoomDocument

_READER = ClientId(1)


class Writer(NamedTuple):
    """For whom the hub writes: the author of the update, and a Yjs client id that this author has not used before."""

    author: ParticipantId
    client_id: ClientId


def writer_of(member: Member) -> Writer:
    """A member as the author of what the hub writes for it."""
    return Writer(member.participant_id, member.client_id)


class RoomIndex:
    """`entries` is what `document`, the index's own document, says."""

    def __init__(self, document: RoomDocument, limits: RoomLimits) -> None:
        self.document = document
        self.entries: dict[DocumentId, DocumentEntry] = {}
        self._ids: dict[str, DocumentId] = {}  # by the key of the path
        self._keys: dict[str, str] = {}  # path -> key, so that each is made once
        self._limits = limits

    def refresh(self) -> None:
        """After the document was loaded."""
        self._take_entries(self._copy(_READER))

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
        return self._write(writer, lambda copy: merge_updates([copy.set(i, entry) for i, entry in new.items()]))

    def create_main(self, path: str | None, language: str, writer: Writer) -> list[RoomEffect]:
        """The main document, unless it is there."""
        if MAIN in self.entries:
            return []
        free = free_path(path or main_path(language), (entry.path for entry in self.entries.values()))
        return self._set(MAIN, DocumentEntry(free, language), writer)

    def rename(self, document_id: DocumentId, path: str, writer: Writer) -> tuple[str, list[RoomEffect]]:
        """The path that the document has now: if the wanted one is taken, "name (2).ext". Raises RefusedBytes."""
        entry = self.entry(document_id)
        free = free_path(path, (other.path for i, other in self.entries.items() if i != document_id))
        if free == entry.path:
            return free, []
        return free, self._set(document_id, DocumentEntry(free, entry.language), writer)

    def delete(self, document_id: DocumentId, writer: Writer) -> list[RoomEffect]:
        """Takes the document out. Its stored updates stay in the store. Raises RefusedBytes."""
        self.entry(document_id)
        return self._write(writer, lambda copy: copy.remove(document_id))

    def entry(self, document_id: DocumentId) -> DocumentEntry:
        """What the index says. Raises RefusedBytes if the document is not in it."""
        entry = self.entries.get(document_id)
        if entry is None:
            raise RefusedBytes("There is no such document in this room.", code="unknown-document")
        return entry

    def _set(self, document_id: DocumentId, entry: DocumentEntry, writer: Writer) -> list[RoomEffect]:
        return self._write(writer, lambda copy: copy.set(document_id, entry))

    def _write(self, writer: Writer, change: Callable[[SharedIndex], bytes]) -> list[RoomEffect]:
        copy = self._copy(writer.client_id)
        effects = self.document.write(change(copy), writer.author)
        self._take_entries(copy)
        return effects

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
        """Never the same twice, without dice: the state vector grows with each document that comes or goes."""
        state = self.document.shared.content_hash()
        state += bytes(str(sorted(self.document.shared.state().items())), "ascii")
        digests = [hashlib.sha256(path.encode() + b"\0" + state).digest()[:12] for path in paths]
        return [DocumentId(urlsafe_b64encode(digest).decode()) for digest in digests]

    def _take_entries(self, copy: SharedIndex) -> None:
        self.entries = {DocumentId(document_id): entry for document_id, entry in copy.entries().items()}
        paths = [entry.path for entry in self.entries.values()]
        self._keys = {path: self._keys.get(path) or path_key(path) for path in paths}
        self._ids = {self._keys[entry.path]: document_id for document_id, entry in self.entries.items()}
