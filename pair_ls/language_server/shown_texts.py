"""What open editors show and the hub has safe, on the disk: for a language server that dies while its editor goes on.

The next one is given a buffer that nobody has saved. Its file tells nothing of what was typed since, and most of it is
in the room already: without this text it would be taken for new, and be there twice.

    .pair-ls/shown/ROOM/DOCUMENT_ID.PROCESS    PROCESS is the editor's: another editor shows another text
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.client import is_alive
from pair_ls.language_server.documents import OpenDocument, OpenDocuments
from pair_ls.language_server.folder.records import Records
from pair_ls.language_server.joined_folder import FOLDER_NAME, JoinedFolder, write_atomically
from pair_ls.language_server.room_link import RoomLink
from pair_ls.room.ids import DocumentId

KEEP_SECONDS = 0.3
"""Texts are written at most this often. What reached the room later is told apart by its letters."""

COPIED_CHARACTERS = 200_000
"""Of texts no larger than this each safe state is kept in memory until it is written; a copy takes microseconds."""


class OnDisk(Protocol):
    """Runs a function in the thread for disk work, in the order of the calls."""

    def __call__(self, function: Callable[..., None], *arguments: object) -> Awaitable[None]: ...


class ShownTexts:
    """Of one editor and one room, from entering it to leaving it."""

    def __init__(
        self,
        folder: JoinedFolder,
        process_id: int,
        documents: OpenDocuments,
        link: RoomLink,
        on_disk: OnDisk,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        room = hashlib.sha256(folder.address.room_id.encode()).hexdigest()[:16]
        self._folder = folder.path / FOLDER_NAME / "shown" / room
        self._process_id = process_id
        self._documents = documents
        self._link = link
        self._on_disk = on_disk
        self._loop = loop
        self._alarm = Alarm(loop, self.safe)
        self._changed: set[DocumentId] = set()
        self._texts: dict[DocumentId, str] = {}  # safe, and not written yet
        self._not_before = 0.0
        self._tasks: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        """Remove what editors left that are gone."""
        self._do(self._tidy)

    def last(self, document_id: DocumentId) -> str | None:
        """The last text that this editor showed while the room had it too; None if it is not known."""
        try:
            return self._file(document_id).read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return None

    def changed(self, document: OpenDocument) -> None:
        """The editor's text is another one."""
        if document.is_bound and document.document_id is not None and document.document_id not in self._changed:
            self._changed.add(document.document_id)
            self._alarm.set_earliest(self._loop.time() + KEEP_SECONDS)

    def safe(self) -> None:
        """The hub may have all of it now."""
        is_early = self._loop.time() < self._not_before
        for document_id in [i for i in self._changed if not self._link.replica.unacknowledged(i)]:
            document = self._documents.with_id(document_id)
            if document is not None and document.is_bound:
                if is_early and len(document.binding.editor_text) > COPIED_CHARACTERS:
                    continue
                self._texts[document_id] = document.binding.text
            self._changed.discard(document_id)
        if not is_early:
            self._write_all()
        elif self._changed or self._texts:
            self._alarm.set_earliest(self._not_before)

    def _write_all(self) -> None:
        texts, self._texts = self._texts, {}
        for document_id, text in texts.items():
            self._not_before = self._loop.time() + KEEP_SECONDS
            self._do(self._write, document_id, text)

    def keep_now(self, document: OpenDocument) -> None:
        """Do not wait longer than for the hub: what is kept may not be older than the base."""
        if document.is_bound and document.document_id is not None:
            self._changed.add(document.document_id)
            self._not_before = 0.0
            self.safe()

    def saved(self, document: OpenDocument, records: Records) -> None:
        """The disk has what the editor shows. What the hub lacks of that may have to wait for another day.

        Until then the last text that was kept is the base: both the disk's and the room's come from it.
        """
        document_id, path = document.document_id, document.path
        if document_id is None or path is None:
            return
        self.keep_now(document)
        if self._link.replica.unacknowledged(document_id):
            self._do(self.make_base, document_id, path, records)

    def closed(self, document: OpenDocument) -> None:
        """The editor does not show it any more: what was not saved, its user has thrown away."""
        if document.document_id is not None:
            self._changed.discard(document.document_id)
            self._texts.pop(document.document_id, None)
            self._do(self.forget, document.document_id)

    def stop(self) -> None:
        """Leave everything as it is."""
        self._alarm.stop()

    # ---- in the thread for disk work, as long as there is one ----

    def make_base(self, document_id: DocumentId, path: str, records: Records) -> None:
        """What was kept is what disk and room last had in common."""
        text = self.last(document_id)
        if text is not None:
            records.save(document_id, text, path)

    def forget(self, document_id: DocumentId) -> None:
        """The editor shows it no more."""
        self._file(document_id).unlink(missing_ok=True)

    def _write(self, document_id: DocumentId, text: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._file(document_id), text.encode("utf-8", "surrogatepass"))

    def _tidy(self) -> None:
        for file in self._folder.glob("*.*"):
            process = file.suffix.removeprefix(".")
            if not process.isdecimal() or not is_alive(int(process)):
                file.unlink(missing_ok=True)

    def _file(self, document_id: DocumentId) -> Path:
        return self._folder / f"{document_id}.{self._process_id}"

    def _do(self, function: Callable[..., None], *arguments: object) -> None:
        async def work() -> None:
            with contextlib.suppress(OSError):  # then a crash costs some letters twice: no reason to stop for
                await self._on_disk(function, *arguments)

        task = self._loop.create_task(work(), name="shown texts")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
