"""A shared folder in the language server: what is open belongs to the editor, and the person is asked there."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence

from pair_ls.editor import from_editor
from pair_ls.language_server.client import Client
from pair_ls.language_server.documents import OpenDocument, OpenDocuments
from pair_ls.language_server.editing import Editing
from pair_ls.language_server.editor_client import WARNING, EditorClient
from pair_ls.language_server.meetings import Meetings, without_forced_end
from pair_ls.language_server.questions import Questions
from pair_ls.language_server.room_link import RoomLink
from pair_ls.room.ids import DocumentId
from pair_ls.text import Delta

SHARE_AGAIN, DELETE_FILE = "Share again", "Delete the file"
RENAME_SECONDS = 10.0


class EditorHost:
    """The host of a SharedFolder (see there for what each of these is asked for)."""

    def __init__(
        self,
        link: RoomLink,
        documents: OpenDocuments,
        editing: Editing,
        editor: EditorClient,
        client: Client,
        questions: Questions,
        announce: Callable[[], None],
    ) -> None:
        self.meetings: Meetings | None = None
        self._link = link
        self._documents = documents
        self._editing = editing
        self._editor = editor
        self._client = client
        self._questions = questions
        self._announce = announce
        self._token: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def is_open(self, document_id: DocumentId, path: str) -> bool:
        """By its id, or by its path as long as the room has not told the id."""
        return self._documents.with_id(document_id) is not None or self._at(path) is not None

    def is_open_at(self, path: str) -> bool:
        """As its uri says."""
        return self._at(path) is not None

    def open_text(self, document_id: DocumentId) -> str | None:
        """What the editor shows, as the room would have it."""
        document = self._documents.with_id(document_id)
        if document is None or not document.is_bound:
            return None
        return without_forced_end(from_editor(document.binding.editor_text.lines.text()))

    def change_open(self, document_id: DocumentId, edits: Delta) -> None:
        """Into the room, and into the editor as if somebody else had typed it."""
        document = self._documents.with_id(document_id)
        if document is not None and edits:
            self._link.edit(document_id, edits)
            self._editing.room_changed(document, edits)

    def chosen(self, document_ids: Iterable[DocumentId]) -> None:
        """The person has chosen what to do with differing texts."""
        for document_id in document_ids:
            if self.meetings is not None and self._documents.with_id(document_id) is not None:
                self.meetings.meet(document_id)

    def deleted_open(self, document_id: DocumentId, path: str) -> None:
        """The text stays in the editor and in the backup; the person says what becomes of it."""
        document = self._documents.with_id(document_id) or self._at(path)
        if document is None or self.meetings is None or document.document_id not in (None, document_id):
            return  # another document has the path now
        try:
            kept = f"kept in {self.meetings.let_go_deleted(document)}"
        except OSError as error:
            kept = f"in your editor only: no backup could be written ({error.strerror})"
        self._start(self._ask_about_deleted(document, path, kept))

    async def _ask_about_deleted(self, document: OpenDocument, path: str, kept: str) -> None:
        message = (
            f"pair-ls: somebody deleted {path} from the room while you have it open. Your text is {kept}."
            " Share it again, or delete your file too?"
        )
        answer = await self._questions.ask(message, (SHARE_AGAIN, DELETE_FILE))
        meetings = self.meetings
        if meetings is None or self._documents.get(document.uri) is not document:
            return
        if answer == SHARE_AGAIN:
            meetings.offer(document)
        elif answer == DELETE_FILE:
            await meetings.delete_file(path)

    async def rename_open(self, old_path: str, new_path: str) -> bool:
        """As a resource operation, which brings the buffer along, in editors that know it."""
        old, new = self._link.uri_of_path(old_path), self._link.uri_of_path(new_path)
        if not self._client.renames_files or old is None or new is None:
            return False
        change = {"kind": "rename", "oldUri": old, "newUri": new}
        try:
            async with asyncio.timeout(RENAME_SECONDS):
                result = await self._questions.request("workspace/applyEdit", {"edit": {"documentChanges": [change]}})
        except TimeoutError:
            return False
        return isinstance(result, dict) and bool(result.get("applied"))

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """In the editor."""
        return await self._questions.ask(message, choices)

    def warn(self, message: str) -> None:
        """In the editor."""
        self._editor.show_message(message, WARNING)

    def show_progress(self, done: int, total: int) -> None:
        """In the editor, if it shows progress."""
        if done >= total:
            if self._token is not None:
                self._editor.end_progress(self._token)
                self._token = None
        elif self._client.shows_progress:
            if self._token is None:
                self._token = self._editor.begin_progress("pair-ls: files of the room")
            self._editor.report_progress(self._token, f"{done} of {total}", 100 * done // total)

    def folder_changed(self) -> None:
        """The status shows it."""
        self._announce()

    def stop(self) -> None:
        """Ask nothing more."""
        for task in self._tasks:
            task.cancel()

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine, name="question about a deleted file")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _at(self, path: str) -> OpenDocument | None:
        return next((document for document in self._documents if document.path == path), None)
