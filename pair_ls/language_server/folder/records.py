"""What this folder and its room last had in common, per document, and backups: texts that outlive the process.

    .pair-ls/base/ROOM/DOCUMENT_ID   one line of JSON (path, digests), then the last common text
    .pair-ls/backup/TIME/PATH        bytes that were about to be replaced or deleted

The texts stay on the disk, so the memory that a record takes does not depend on the size of its file. Rules of `save`:
only what the
hub has acknowledged is common; else a crash would take unsent work for something that the room has deleted.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pair_ls.editor.safe_path import path_key
from pair_ls.language_server.joined_folder import FOLDER_NAME, write_atomically
from pair_ls.room.ids import DocumentId

_OLDER_KEPT = 32


def digest_of(text: str) -> bytes:
    """Equal for equal texts."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


@dataclass(frozen=True, slots=True)
class Record:
    """Where the document lies in this folder and what was last common; `older` are digests of common texts before,
    newest first.
    """

    path: str
    digest: bytes
    older: tuple[bytes, ...] = ()


class Records:
    """All records of one folder and one room."""

    def __init__(self, folder: Path, room_id: str) -> None:
        # A room's own folder of bases: document ids of different rooms may be equal ("main").
        room = hashlib.sha256(room_id.encode()).hexdigest()[:16]
        self._bases = folder / FOLDER_NAME / "base" / room
        self._backups = folder / FOLDER_NAME / "backup"
        self._known: dict[DocumentId, Record] = {}
        self._places: dict[DocumentId, str] = {}
        self._owners: dict[str, DocumentId] = {}
        self._is_folder_made = False
        self.load()

    def load(self) -> None:
        """What the disk has, and nothing else: another process may have written it."""
        self._known, self._places, self._owners = {}, {}, {}
        if not self._bases.is_dir():
            return
        for file in self._bases.iterdir():
            if file.name.startswith("."):  # left by a process that was killed while it wrote
                file.unlink(missing_ok=True)
                continue
            try:
                with file.open("rb") as opened:
                    record = _record(opened.readline())
            except (OSError, ValueError, KeyError, TypeError):
                continue
            self._known[DocumentId(file.name)] = record
            self.lies_at(DocumentId(file.name), record.path)

    def __iter__(self) -> Iterator[tuple[DocumentId, Record]]:
        return iter(list(self._known.items()))

    def __len__(self) -> int:
        return len(self._known)

    def get(self, document_id: DocumentId) -> Record | None:
        """The record of a document, None if the folder never had it in common with the room."""
        return self._known.get(document_id)

    def places(self) -> list[tuple[DocumentId, str]]:
        """Where each document's file lies in this folder, whatever the room calls it."""
        return list(self._places.items())

    def place(self, document_id: DocumentId) -> str | None:
        """Where its file lies; None if it has none here."""
        return self._places.get(document_id)

    def owner(self, path: str) -> DocumentId | None:
        """Whose file lies at this path; None if it is no document's."""
        return self._owners.get(path_key(path))

    def lies_at(self, document_id: DocumentId, path: str) -> None:
        """Its file is here now. Not kept on the disk: what is saved has the path in it."""
        if self._places.get(document_id) != path:
            self._leave(document_id)
            self._places[document_id] = path
            self._owners[path_key(path)] = document_id

    def base(self, document_id: DocumentId) -> str | None:
        """The last common text, None if none is known."""
        if document_id not in self._known:
            return None
        try:
            return _split((self._bases / document_id).read_bytes())[1].decode()
        except (OSError, ValueError):
            return None

    def was_common(self, document_id: DocumentId, text: str) -> bool:
        """Whether this was a common text not long ago."""
        record = self._known.get(document_id)
        return record is not None and digest_of(text) in record.older

    def save(self, document_id: DocumentId, text: str, path: str | None = None) -> None:
        """Room and folder both have this text now, and the hub has it safe."""
        before = self._known.get(document_id)
        digest = digest_of(text)
        path = path or (before.path if before else "")
        if before is not None and (before.digest, before.path) == (digest, path):
            return
        older = () if before is None else before.older if before.digest == digest else (before.digest, *before.older)
        self._write(document_id, Record(path, digest, older[:_OLDER_KEPT]), text)

    def moved(self, document_id: DocumentId, path: str) -> None:
        """The file has another path now."""
        self.lies_at(document_id, path)
        record, text = self._known.get(document_id), self.base(document_id)
        if record is not None and text is not None and record.path != path:
            self._write(document_id, Record(path, record.digest, record.older), text)

    def forget(self, document_id: DocumentId) -> None:
        """What was common is not any more."""
        self._known.pop(document_id, None)
        self._leave(document_id)
        (self._bases / document_id).unlink(missing_ok=True)

    def back_up(self, path: str, data: bytes) -> Path:
        """Keep bytes that are about to be replaced; where they lie. Nothing that was backed up is ever replaced."""
        name = time.strftime("%Y-%m-%dT%H-%M-%S")
        number = 1
        while True:
            place = (self._backups / (name if number == 1 else f"{name} ({number})")).joinpath(*path.split("/"))
            if not place.exists():
                break
            number += 1
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(place, data)
        return place

    def _write(self, document_id: DocumentId, record: Record, text: str) -> None:
        if not self._is_folder_made:
            self._bases.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._is_folder_made = True
        head = {"path": record.path, "digest": record.digest.hex(), "older": [digest.hex() for digest in record.older]}
        write_atomically(self._bases / document_id, json.dumps(head).encode() + b"\n" + text.encode())
        self._known[document_id] = record
        if document_id not in self._places:
            self.lies_at(document_id, record.path)

    def _leave(self, document_id: DocumentId) -> None:
        path = self._places.pop(document_id, None)
        if path is not None and self.owner(path) == document_id:
            del self._owners[path_key(path)]


def _record(line: bytes) -> Record:
    head = json.loads(line)
    return Record(str(head["path"]), bytes.fromhex(head["digest"]), tuple(bytes.fromhex(one) for one in head["older"]))


def _split(data: bytes) -> tuple[bytes, bytes]:
    head, newline, text = data.partition(b"\n")
    if not newline:
        raise ValueError("a base without a head")
    return head, text
