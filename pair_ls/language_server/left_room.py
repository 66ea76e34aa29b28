"""A room that was left, and what is saved or thrown away of its documents since: a later coming back depends on it.

What an editor showed when the room was left is in the room. Once it is saved, the disk comes from it too, and it is the
base of a later meeting. Not before: what was not saved may be thrown away, and would look like a deletion.
"""

import contextlib

from pair_ls.language_server.documents import OpenDocument
from pair_ls.language_server.folder.records import Records
from pair_ls.language_server.shown_texts import ShownTexts
from pair_ls.room.ids import DocumentId


class LeftRoom:
    """From leaving the room until one is entered again."""

    def __init__(self, shown: ShownTexts, records: Records) -> None:
        self._shown = shown
        self._records = records
        self._documents: dict[OpenDocument, tuple[DocumentId, str]] = {}

    def note(self, document: OpenDocument) -> None:
        """This one is in the room. Call it before the document forgets that."""
        if document.is_bound and document.document_id is not None and document.path is not None:
            self._documents[document] = document.document_id, document.path

    def saved(self, document: OpenDocument) -> None:
        """The disk has what the editor shows."""
        document_id, path = self._documents.pop(document, (None, ""))
        if document_id is not None:
            with contextlib.suppress(OSError):
                self._shown.make_base(document_id, path, self._records)

    def closed(self, document: OpenDocument) -> None:
        """What was not saved, the user has thrown away."""
        document_id, _ = self._documents.pop(document, (None, ""))
        if document_id is not None:
            with contextlib.suppress(OSError):
                self._shown.forget(document_id)
