"""The text files that are open in the editor, by uri, by path in the room, and by document id."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from pair_ls.editor import Binding, to_editor
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.convert import ApplyEditTemplate
from pair_ls.room.ids import DocumentId
from pair_ls.text import LineIndex


class Sharing(enum.Enum):
    """How far a document has come on its way into the room."""

    ALONE = "alone"  # outside the joined folder, refused, or no room
    OFFERED = "offered"  # the room was asked for it; until it answers the text changes here only
    BOUND = "bound"  # editor and room are kept in step


@dataclass(slots=True, eq=False)
class OpenDocument:
    """One open file, from didOpen to didClose.

    Its binding believes in a shared text from the beginning. Until the room holds that text it stands in `own_text`;
    from then on the replica has it, and `own_text` is None.
    """

    uri: str
    language: str
    binding: Binding
    alarm: Alarm  # for the binding
    own_text: LineIndex | None
    path: str | None = None  # in the room; None: not in the joined folder
    sharing: Sharing = Sharing.ALONE
    document_id: DocumentId | None = None
    offered_text: str = ""  # the text with which it was offered to the room
    refusal: str | None = None  # why it is not shared, in a sentence
    edited_lines: tuple[int, int] | None = None  # from, to: where the editor changed it last
    was_reset: bool = False  # its replica was thrown away, and the room's text is not here again
    is_new: bool = False  # the room had no document at this path when it was offered
    apply_edit: ApplyEditTemplate = field(init=False)

    def __post_init__(self) -> None:
        self.apply_edit = ApplyEditTemplate(self.uri)

    @property
    def is_offered(self) -> bool:
        """True while the room has been asked for it."""
        return self.sharing is Sharing.OFFERED

    @property
    def is_bound(self) -> bool:
        """True while editor and room are kept in step."""
        return self.sharing is Sharing.BOUND

    def text_with_line_ends(self) -> str:
        """The editor's whole text with the line ends that the file has."""
        return to_editor(self.binding.editor_text.lines.text(), self.binding.line_ending)


class OpenDocuments:
    """All that is open."""

    def __init__(self) -> None:
        self._by_uri: dict[str, OpenDocument] = {}
        self._by_id: dict[DocumentId, OpenDocument] = {}

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(list(self._by_uri.values()))

    def add(self, document: OpenDocument) -> None:
        """It was opened."""
        self._by_uri[document.uri] = document

    def remove(self, uri: str) -> OpenDocument | None:
        """It was closed; None if it was not open."""
        document = self._by_uri.pop(uri, None)
        if document is not None and document.document_id is not None:
            self._by_id.pop(document.document_id, None)
        return document

    def identify(self, document: OpenDocument, document_id: DocumentId) -> None:
        """The room has told which of its documents this is."""
        document.document_id = document_id
        self._by_id[document_id] = document

    def forget_id(self, document: OpenDocument) -> None:
        """The room does not have it any more."""
        if document.document_id is not None:
            self._by_id.pop(document.document_id, None)
            document.document_id = None

    def forget_ids(self) -> None:
        """The room was left: nothing open is a document of it."""
        for document in self._by_id.values():
            document.document_id = None
        self._by_id.clear()

    def get(self, uri: str) -> OpenDocument | None:
        """The document of a uri, None if it is not open."""
        return self._by_uri.get(uri)

    def with_id(self, document_id: DocumentId) -> OpenDocument | None:
        """The open document that is this one of the room."""
        return self._by_id.get(document_id)

    def offered_at(self, path: str) -> OpenDocument | None:
        """The document that was offered to the room under this path and has no id yet."""
        offered = (document for document in self if document.is_offered and document.path == path)
        return next((document for document in offered if document.document_id is None), None)
