"""The documents of a room at the hub: the index, and those that are loaded or being loaded. Asks nobody for rights."""

from collections.abc import Iterator
from dataclasses import dataclass

from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import NotAllowed, Poisoned
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import INDEX, DocumentId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.room_document import RoomDocument
from pair_ls.room.room_index import RoomIndex, Writer
from pair_ls.room.simple_client import shared_form
from pair_ls.text import difference


@dataclass(frozen=True, slots=True)
class DocumentState:
    """All of a document, for a checkpoint; `sequence` is the last that it contains.

    `update` None: one update would read differently from the log, which therefore must be kept.
    """

    update: bytes | None
    owners: dict[int, str]
    sequence: int


class RoomDocuments:
    """All that a room has of documents; not loaded ones are only in the index."""

    __slots__ = (
        "_documents",
        "_limits",
        "_stored_before",
        "find",
        "index",
    )

    def __init__(self, limits: RoomLimits, stored_bytes: int) -> None:
        self._stored_before = stored_bytes
        self.index = RoomIndex(RoomDocument(INDEX, limits), limits)
        self._limits = limits
        self._documents: dict[DocumentId, RoomDocument] = {INDEX: self.index.document}
        self.find = self._documents.get
        """The document, if it is loaded or being loaded. (Asked for every commit.)"""

    def __iter__(self) -> Iterator[RoomDocument]:
        return iter(self._documents.values())

    @property
    def stored_bytes(self) -> int:
        """Bytes of the room's updates in the store: those of before, and those since."""
        return self._stored_before + sum(document.persisted_bytes for document in self)

    @stored_bytes.setter
    def stored_bytes(self, size: int) -> None:
        self._stored_before = size - sum(document.persisted_bytes for document in self)

    def loaded(self, document_id: DocumentId) -> RoomDocument | None:
        """The document, if it can be read and written."""
        document = self._documents.get(document_id)
        return document if document is not None and document.is_loaded else None

    def obtain(self, document_id: DocumentId) -> RoomDocument:
        """The document, to be loaded if it is not."""
        document = self._documents.get(document_id)
        if document is None:
            document = self._documents[document_id] = RoomDocument(document_id, self._limits)
        return document

    def forget(self, document_id: DocumentId) -> None:
        """An unused or deleted document. While anything of it waits it stays, and is the one that is made anew."""
        document = self._documents.get(document_id)
        if document is not None and document.is_unused:
            del self._documents[document_id]
            self._stored_before += document.persisted_bytes

    def is_unwritten(self, document_id: DocumentId) -> bool:
        """Whether the document may never have had content; of one that is not loaded this is not known."""
        document = self.loaded(document_id)
        return document is None or document.shared.is_empty

    def state(self, document_id: DocumentId) -> DocumentState | None:
        """None while the document is not loaded or anything of it is uncommitted."""
        document = self.loaded(document_id)
        if document is None or document.has_uncommitted:
            return None
        try:
            return DocumentState(document.shared.checkpoint(), dict(document.shared.owners), document.sequence)
        except Poisoned:  # the next message for it has it built anew
            return None

    def check_space(self, document: RoomDocument, update: bytes) -> None:
        """Raises NotAllowed when the room or the document has no space left for the update."""
        left = self._limits.room_bytes - self.stored_bytes
        if left <= 0:
            raise NotAllowed(f"The room has stored all the {self._limits.room_bytes} bytes it may.", code="room-full")
        document.check_space(update)
        document.quick_bytes = min(document.quick_bytes, left)

    def check_size(self, text: str) -> None:
        """Raises NotAllowed when no document may hold the text."""
        if len(text.encode("utf-8", "replace")) > self._limits.document_bytes:
            raise NotAllowed(f"A document holds at most {self._limits.document_bytes} bytes.", code="document-full")

    def write_text(self, document: RoomDocument, text: str, writer: Writer) -> list[RoomEffect]:
        """Turns the text of a loaded document into `text` by an ordinary edit. Raises NotAllowed."""
        self.check_size(text)
        copy = SharedText(writer.client_id)
        copy.merge(document.shared.update_since())
        update = copy.edit(difference(copy.text, shared_form(text)))
        self.check_space(document, update)
        return document.write(update, writer.author)
