"""How open documents come into the room and stay there: offered, met with the room's text, bound, in the end let go.

The policy for texts that differ is in `reconcile`. Here is what it needs: the room's text, the editor's, and the last
one that the disk and the room had in common. A file that differs waits, unchanged, until the person has chosen.
"""

import logging

from pair_ls.editor import check_text, from_editor
from pair_ls.editor.join_policy import OnConflict
from pair_ls.editor.restart_merge import merge_after_reset, merge_after_restart
from pair_ls.errors import PathRefused, TextRefused
from pair_ls.language_server.client import path_of
from pair_ls.language_server.documents import OpenDocument, OpenDocuments, Sharing
from pair_ls.language_server.editing import Editing
from pair_ls.language_server.editor_client import WARNING, EditorClient
from pair_ls.language_server.folder.shared_folder import SharedFolder
from pair_ls.language_server.left_room import LeftRoom
from pair_ls.language_server.presence import Presence
from pair_ls.language_server.progress import Progress
from pair_ls.language_server.reconcile import Meeting, reconcile
from pair_ls.language_server.room_link import RoomLink
from pair_ls.language_server.shown_texts import ShownTexts
from pair_ls.room.ids import DocumentId
from pair_ls.text import LineIndex, difference

log = logging.getLogger(__name__)


class Meetings:
    """Of one workspace and one room, from entering it to leaving it."""

    def __init__(
        self,
        link: RoomLink,
        documents: OpenDocuments,
        editing: Editing,
        editor: EditorClient,
        progress: Progress,
        folder: SharedFolder,
        shown: ShownTexts,
        presence: Presence,
    ) -> None:
        self._link = link
        self._documents = documents
        self._editing = editing
        self._editor = editor
        self._progress = progress
        self._folder = folder
        self._shown = shown
        self._presence = presence
        self._denied: set[DocumentId] = set()  # differ, and would change the room, which we may not

    def offer(self, document: OpenDocument) -> None:
        """Ask the room for the document at this path, if the file is in the joined folder and can be shared."""
        if document.own_text is None:
            return
        document.refusal = None if document.refusal and document.refusal.endswith("[deleted]") else document.refusal
        try:
            document.path = self._link.path_in_room(document.uri)
        except PathRefused as error:
            document.refusal = f"{error.message} [{error.code}]"
        if document.refusal is not None:
            self._editor.show_message(f"pair-ls: {document.refusal}", WARNING)
        elif document.path is not None:
            document.sharing = Sharing.OFFERED
            document.offered_text = document.own_text.text()
            document.is_new = self._folder.is_index_known and not self._folder.is_known(document.path)
            self._folder.editor_opens(document.path, document.offered_text)
            self._progress.started(document.uri)
            self._link.open_path(document.path, document.language, document.offered_text)

    def identify(self, document_id: DocumentId, path: str) -> None:
        """The room has told which of its documents is at this path."""
        document = self._documents.offered_at(path)
        if document is not None:
            self._documents.identify(document, document_id)

    def meet(self, document_id: DocumentId) -> None:
        """The room's text is here: bring it and the editor's together, and keep them so."""
        document = self._documents.with_id(document_id)
        if document is None or not document.is_offered or document.own_text is None:
            return
        room, mine = self._link.text(document_id), document.own_text.text()
        meeting = self._meet_again(document, document_id, mine, room)
        if meeting is not None:
            self._bind(document, document_id, meeting)
            return
        base = self._folder.common_text(document_id, document.offered_text)
        side = self._folder.choices.side(document_id)
        meeting = reconcile(opened=document.offered_text, mine=mine, room=room, base=base, side=side)
        if meeting is None and document.is_new and document.path is not None:
            self._folder.keep_copy(document.path, document.text_with_line_ends().encode())
            side = OnConflict.ROOM
            meeting = reconcile(opened=document.offered_text, mine=mine, room=room, base=base, side=side)
        if meeting is None:
            self._progress.done(document.uri)
            self._folder.choices.ask_side(document_id, document.path or document.uri)
        else:
            self._bind(document, document_id, meeting)

    def _meet_again(self, document: OpenDocument, document_id: DocumentId, mine: str, room: str) -> Meeting | None:
        """For a buffer that is not what lies on the disk: another language server was here before, or a replica."""
        shown = self._shown.last(document_id)
        if shown is None or mine == room or (not document.was_reset and _text_on_disk(document) is not None):
            return None
        merge = merge_after_reset if document.was_reset else merge_after_restart
        return Meeting(merge(shown, mine, room), replaces_file=document.was_reset)

    def _bind(self, document: OpenDocument, document_id: DocumentId, meeting: Meeting) -> None:
        assert document.own_text is not None
        room, mine = self._link.text(document_id), document.own_text.text()
        if meeting.text != room and not self._link.may_edit:
            if not document.was_reset and document.offered_text != room:
                self._deny(document, document_id)
                return
            meeting = Meeting(room, replaces_file=True)
        if document_id in self._denied and document.path is not None:
            self._denied.remove(document_id)
            self._folder.refused.pop(document.path, None)
        if meeting.replaces_file and not document.is_new:
            self._back_up(document)
        on_disk = _text_on_disk(document)
        document.sharing = Sharing.BOUND
        document.is_new = document.was_reset = False
        document.own_text = None
        if meeting.text != room:
            self._link.edit(document_id, difference(room, meeting.text))
        edits = difference(mine, meeting.text)
        self._editing.room_changed(document, edits)
        self._presence.text_changed(document, edits)
        self._progress.done(document.uri)
        if on_disk is not None and document.path is not None:
            self._folder.set_common(document_id, document.path, on_disk)
        self._shown.keep_now(document)
        self._folder.attend_to([document_id])

    def _deny(self, document: OpenDocument, document_id: DocumentId) -> None:
        """A file of somebody who may only watch is not the room's text: nothing of either is lost."""
        path = document.path or document.uri
        self._progress.done(document.uri)
        if document_id not in self._denied:
            self._denied.add(document_id)
            why = f"{path} differs from the room, which you may watch but not change: it stays as it is until you may."
            self._folder.refuse(path, why)
            self._editor.show_message(f"pair-ls: {why} [not-allowed]", WARNING)

    def role_changed(self) -> None:
        """What was denied may be allowed now."""
        if self._link.may_edit:
            for document_id in list(self._denied):
                self.meet(document_id)

    def reset(self, document_id: DocumentId, text: str) -> None:
        """The replica was thrown away. What the user types until the room's text is here again stands in `own_text`."""
        document = self._documents.with_id(document_id)
        self._folder.forget(document_id)
        if document is None or not document.is_bound:  # not yet, or a second time before the room's text was here
            return
        log.warning("the replica of document %s was reset", document_id)
        document.sharing = Sharing.OFFERED
        document.was_reset = True
        document.offered_text = text
        document.own_text = LineIndex(text)

    def left(self) -> LeftRoom:
        """The room is left, with all that is open."""
        left = LeftRoom(self._shown, self._folder.records)
        for document in self._documents:
            self._shown.keep_now(document)
            left.note(document)
            self.let_go(document)
        self._documents.forget_ids()
        return left

    def let_go(self, document: OpenDocument) -> None:
        """The room is left; the editor keeps the text."""
        if document.is_bound and document.document_id is not None:
            document.own_text = LineIndex(self._link.text(document.document_id))
        self._progress.done(document.uri)
        document.sharing = Sharing.ALONE
        document.path = None

    def saved(self, document: OpenDocument, text: str) -> None:
        """This lies on the disk now. It is in the room once all is acknowledged, whatever others do there meanwhile."""
        if document.is_bound and document.document_id is not None and document.path is not None:
            self._shown.saved(document, self._folder.records)
            self._folder.set_common(document.document_id, document.path, without_forced_end(from_editor(text)))

    def let_go_deleted(self, document: OpenDocument) -> str:
        """Somebody deleted it from the room. The editor keeps the text, a backup too; where that lies."""
        text, path = document.text_with_line_ends(), document.path or "unnamed"
        self.let_go(document)
        document.path = path
        document.refusal = f"{path} was deleted from the room. [deleted]"
        self._documents.forget_id(document)
        return str(self._folder.records.back_up(path, text.encode()))

    async def delete_file(self, path: str) -> None:
        """The person wants the file gone, as it is in the room."""
        await self._folder.on_disk(self._folder.files.remove, path)

    def _back_up(self, document: OpenDocument) -> None:
        """The editor's text, and the disk's if it is another one: saving will replace that too."""
        path, shown = document.path or "unnamed", document.text_with_line_ends().encode()
        on_disk = self._folder.files.read_bytes(path)
        if on_disk is not None and on_disk != shown:
            self._folder.records.back_up(path, on_disk)
        place = self._folder.records.back_up(path, shown)
        self._editor.show_message(
            f"pair-ls: {document.path} now shows the room's text; what you had is kept in {place}. [file-replaced]",
            WARNING,
        )


def refusal_of(text: str, max_document_bytes: int) -> str | None:
    """Why a text cannot be shared, in a sentence with a code; None if it can."""
    try:
        check_text(text)
    except TextRefused as error:
        return f"{error.message} [{error.code}]"
    if len(text) > max_document_bytes or len(text.encode("utf-8", "replace")) > max_document_bytes:
        return (
            f"This file is not shared: it is larger than {max_document_bytes:,} bytes, which the setting"
            " max_document_bytes allows. [text-too-large]"
        )
    return None


def without_forced_end(text: str) -> str:
    r"""The text of a file. Neovim opens an empty one as "\n"; so a file of nothing but one line end counts as empty."""
    return "" if text == "\n" else text


def _text_on_disk(document: OpenDocument) -> str | None:
    """The offered text if that is what lies on the disk: only that can be the base of a later meeting."""
    path = path_of(document.uri)
    try:
        on_disk = None if path is None else without_forced_end(from_editor(path.read_bytes().decode()))
    except (OSError, UnicodeDecodeError):
        return None
    return on_disk if on_disk == document.offered_text else None
