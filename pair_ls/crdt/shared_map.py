"""The index of a room: which documents there are. A flat shared map from document id to path and language."""

import json
import re
from dataclasses import dataclass

from pair_ls.crdt.guard_limits import STORED, GuardLimits
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.errors import RefusedBytes

_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What the index says about one document."""

    path: str
    language: str


class SharedIndex:
    """A replica of the index. Two who set the same document at once: one of both entries wins, for all the same."""

    __slots__ = ("_keys", "client_id", "document")

    def __init__(self, client_id: ClientId, *, limits: GuardLimits = STORED) -> None:
        self.client_id = client_id
        self.document = SharedDocument(client_id=client_id, kind=DocumentKind.INDEX, limits=limits)
        self._keys: set[str] = set()
        self.document.native.expect_own_changes()
        self.document.native.observe_keys(self._keys.update)

    def entries(self) -> dict[str, DocumentEntry]:
        """document id -> entry; entries that lack a path or language are left out."""
        raw: dict[str, dict[str, str]] = json.loads(self.document.native.map_json())
        return {
            document_id: DocumentEntry(entry["path"], entry["language"])
            for document_id, entry in raw.items()
            if "path" in entry and "language" in entry
        }

    def set(self, document_id: str, entry: DocumentEntry) -> bytes:
        """Adds or changes a document; gives the update to send."""
        if _DOCUMENT_ID(document_id) is None:
            raise ValueError(f"{document_id!r} is no document id")
        value = {"path": entry.path, "language": entry.language}
        return self._take_own_change(self.document.native.set_entry(document_id, value))

    def remove(self, document_id: str) -> bytes:
        """Removes a document; gives the update to send, b"" if it was not there."""
        if document_id not in self.entries():
            return b""
        return self._take_own_change(self.document.native.remove_entry(document_id))

    def merge(self, update: bytes, *, author: str | None = None) -> frozenset[str]:
        """A foreign update; gives the ids of the documents whose entries changed."""
        checked = self.document.check(update, author=author)
        if self.client_id in checked.client_ids:
            raise RefusedBytes("Update refused: it writes under our own client id.", code="update-author")
        self.document.apply_checked(update, checked)
        changed = frozenset(self._keys)
        self._keys.clear()
        return changed

    def _take_own_change(self, update: bytes) -> bytes:
        self._keys.clear()
        self.document.take_note(update)
        return update
