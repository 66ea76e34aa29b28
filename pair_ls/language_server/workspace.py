"""What one language server has open: its documents and its room. Everything that happens comes in here, and is passed on.

Methods change state within one turn of the loop; only those that say `async` wait, and they change nothing while they do.
"""

import asyncio
import logging
import secrets
import time
from pathlib import Path
from typing import Any

from pair_ls.crdt import ClientId
from pair_ls.editor import Binding, EarlyChanges, check_text, from_editor, known_habits
from pair_ls.errors import PairError, PathRefused, SettingsError, TextRefused
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.client import Client, path_of
from pair_ls.language_server.convert import DidChange
from pair_ls.language_server.custom_methods import STATUS
from pair_ls.language_server.documents import OpenDocument, OpenDocuments, Sharing
from pair_ls.language_server.editing import Editing
from pair_ls.language_server.editor_client import ERROR, INFORMATION, WARNING, EditorClient
from pair_ls.language_server.following import Following
from pair_ls.language_server.joined_folder import JoinedFolder, KeptTexts
from pair_ls.language_server.presence import Presence
from pair_ls.language_server.progress import Progress
from pair_ls.language_server.reconcile import reconcile
from pair_ls.language_server.room_link import RoomLink
from pair_ls.language_server.status import HubState, Status, document_json
from pair_ls.room.effects import (
    Acknowledged,
    AwarenessChanged,
    DocumentOpened,
    DocumentSynced,
    IndexChanged,
    NoticeReceived,
    ReplicaEffect,
    ResetDocument,
    RoleChanged,
    TextChanged,
)
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from pair_ls.settings import LanguageServerSettings
from pair_ls.text import Delta, LineIndex, Position, difference

log = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 0.1
"""Status and cursors are told at most this often."""
PATIENCE_SECONDS = 3.0
"""A hub that is back sooner (a restart) is not worth a message."""


class Workspace:
    """Made once per process; `begin` when the editor has introduced itself."""

    def __init__(self, editor: EditorClient, settings: LanguageServerSettings, loop: asyncio.AbstractEventLoop) -> None:
        self.client = Client()
        self.documents = OpenDocuments()
        self._editor = editor
        self._settings = settings
        self._loop = loop
        self._editing = Editing(editor, self, loop)
        self._early_changes = EarlyChanges()
        self._habits = known_habits("")
        self._link: RoomLink | None = None
        self._kept: KeptTexts | None = None
        self.presence = Presence(editor, self.documents, self.announce)
        self.following = Following(editor, self.presence)
        self._progress = Progress(editor, loop)
        self._state = HubState.NONE
        self._since: float | None = None
        self._problem: str | None = None
        self._repaired_drifts = 0
        self._viewer_was_told = False
        self._outage_alarm = Alarm(loop, self._tell_outage)
        self._announce_alarm = Alarm(loop, self._announce)

    # ---- the editor's session ----

    def begin(self, client: Client) -> None:
        """`initialize`: what the editor can do, and which folders it has open."""
        self.client = client
        self._habits = known_habits(client.name)
        self._editing.can_ask_configuration = client.answers_configuration
        self._progress.is_shown = client.shows_progress
        self.presence.begin(client)

    def initialized(self) -> None:
        """The editor is ready: say what was wrong in the settings, and join the room of an open folder."""
        for complaint in self._settings.complaints:
            self._editor.show_message(complaint, WARNING)
        for path in self.client.folders:
            self._enter_room_of(path)
        self.announce()

    async def stop(self) -> None:
        """The editor is done. What waits for the hub is sent."""
        link, self._link = self._link, None
        if link is not None:
            await link.stop()

    # ---- documents ----

    def opened(self, uri: str, language: str, version: int, text: str) -> None:
        """didOpen. What came too early for it is applied now."""
        if self.documents.get(uri) is not None:
            self.closed(uri)
        document = self._new_document(uri, language, version, text)
        self.documents.add(document)
        for change in self._early_changes.take(uri, version):
            self._editing.editor_changed(document, change.version, change.changes)
        path = path_of(uri)
        if path is not None and self._link is None:
            self._enter_room_of(path.parent)
        else:
            self._offer(document)

    def editor_changed(self, message: DidChange) -> None:
        """didChange."""
        document = self.documents.get(message.uri)
        if document is None:
            self._early_changes.hold(message.uri, message.version, message.changes, self._loop.time())
            return
        self._editing.editor_changed(document, message.version, message.changes)

    def saved(self, uri: str, text: str | None) -> None:
        """didSave, with the text if the editor sends it."""
        document = self.documents.get(uri)
        if document is None or text is None:
            return
        self._editing.saved(document, text)
        document.next_base = without_forced_end(from_editor(text))
        self._keep_bases()

    def closed(self, uri: str) -> None:
        """didClose. The room keeps the document, the replica too while anything in it is not safe."""
        document = self.documents.remove(uri)
        if document is None:
            return
        self._editing.closed(document)
        self._progress.done(uri)
        self.presence.closed(document)
        if self._link is not None and document.document_id is not None:
            self._link.close(document.document_id)
        self.announce()

    def caret(self, uri: str, anchor: Position, head: Position) -> None:
        """The editor let us know where the caret is."""
        document = self.documents.get(uri)
        if document is not None:
            self.presence.caret(document, anchor, head)

    def request_answered(self, request_id: str, message: dict[str, Any]) -> None:
        """The answer to a request that went around pygls."""
        self._editing.answered(request_id, message)

    # ---- the room ----

    @property
    def link(self) -> RoomLink | None:
        """The room, if this workspace is in one."""
        return self._link

    @property
    def folder(self) -> JoinedFolder | None:
        """The folder that takes part in the room."""
        return None if self._link is None else self._link.folder

    def enter(self, folder: JoinedFolder) -> None:
        """Take part in the room of this folder with all its open files."""
        replica = Replica(new_client_id=lambda: ClientId(secrets.randbits(32)))
        self._kept = KeptTexts(folder.path, folder.address.room_id)
        self._link = RoomLink(folder, replica, self, self._loop)
        self.presence.entered(self._link)
        self._set_state(HubState.CONNECTING)
        for document in self.documents:
            self._offer(document)
        self._link.start()

    async def enter_anew(self, folder: JoinedFolder) -> None:
        """Take part in this room, whatever there was before."""
        if self.folder != folder or self._state is HubState.REFUSED:
            await self.leave()
            self.enter(folder)

    async def leave(self) -> None:
        """Take no part any more. The editor keeps its texts."""
        link, self._link, self._kept = self._link, None, None
        for document in self.documents:
            self._let_go(document, link)
        self.documents.forget_ids()
        self.presence.left()
        self._set_state(HubState.NONE)
        if link is not None:
            await link.stop()

    def undo(self, uri: str) -> None:
        """Take back the user's own last change in this document."""
        link, document_id = self._bound(uri)
        link.undo(document_id)

    def redo(self, uri: str) -> None:
        """Do again what was undone last."""
        link, document_id = self._bound(uri)
        link.redo(document_id)

    def status(self) -> Status:
        """How things stand now."""
        folder, link = self.folder, self._link
        if folder is None or link is None:
            return Status(HubState.NONE, documents=[document_json(document) for document in self.documents])
        return Status(
            self._state,
            since=self._since,
            room_id=folder.address.room_id,
            room_name=folder.path.name,
            hub_url=folder.address.hub_url,
            role=link.replica.role.value if link.replica.role else None,
            unacknowledged=link.replica.unacknowledged(),
            repaired_drifts=self._repaired_drifts,
            participants=[person.name for person in self.presence.people()],
            documents=[document_json(document) for document in self.documents],
            invite=folder.invite,
            page=folder.page,
            problem=self._problem,
        )

    def announce(self) -> None:
        """Something that others may see has changed: tell the editor soon, once."""
        self._announce_alarm.set_earliest(self._loop.time() + ANNOUNCE_SECONDS)

    # ---- RoomListener ----

    def room_connected(self) -> None:
        """The hub is there (again)."""
        self._outage_alarm.stop()
        self._set_state(HubState.CONNECTED)
        self.presence.connected()

    def room_lost(self, reason: str) -> None:
        """The hub is not there. Work goes on."""
        if self._state is HubState.CONNECTED:
            self._set_state(HubState.OFFLINE)
            self._outage_alarm.set_earliest(self._loop.time() + PATIENCE_SECONDS)
        elif self._state is HubState.CONNECTING:
            self._set_state(HubState.OFFLINE)
            self._tell_outage()

    def room_refused(self, error: PairError) -> None:
        """The hub said no. Work goes on, alone."""
        self._problem = error.message
        self._set_state(HubState.REFUSED)
        self._editor.show_message(f"pair-ls: {error.message} [{error.code}]", ERROR)

    def room_effect(self, effect: ReplicaEffect) -> None:
        """The replica says what changed."""
        match effect:
            case TextChanged(document_id, edits):
                document = self.documents.with_id(document_id)
                if document is not None and document.is_bound:
                    self._editing.room_changed(document, edits)
                    self.presence.text_changed(document, edits)
            case Acknowledged(unacknowledged):
                if unacknowledged == 0:
                    self._keep_bases()
                self.announce()
            case DocumentOpened(document_id, path):
                self._identify(document_id, path)
            case DocumentSynced(document_id):
                self._meet(document_id)
            case ResetDocument(document_id, text):
                self._reset(document_id, text)
            case AwarenessChanged(document_id):
                self.presence.changed(document_id)
            case NoticeReceived(code, message):
                self._editor.show_message(f"pair-ls: {message} [{code}]", INFORMATION)
            case RoleChanged() | IndexChanged():
                self.announce()

    # ---- SharedSide ----

    def share(self, document: OpenDocument, edits: Delta) -> bool:
        """Put a change of a bound document into the room."""
        link, document_id = self._link, document.document_id
        assert link is not None and document_id is not None
        if link.replica.role is not None and not link.replica.role.may_edit:
            self._tell_viewer()
            return False
        link.edit(document_id, edits)
        self.presence.typed(document, edits)
        self.following.stop()
        return True

    def shared_text_of(self, document: OpenDocument) -> str:
        """The room's text of a bound document."""
        assert self._link is not None and document.document_id is not None
        shared = self._link.shared_text(document.document_id)
        assert shared is not None
        return shared.text

    def drift_repaired(self, document: OpenDocument, characters: int) -> None:
        """What the editor reported was not what it holds; told once per document and counted."""
        self._repaired_drifts += 1
        log.warning("repaired a drift of %d characters", characters)
        self._editor.show_message(
            f"pair-ls: the editor had reported {document.path or document.uri} wrongly ({characters} characters);"
            " the room now has what you see. [drift-repaired]",
            WARNING,
        )
        self.announce()

    # ---- on its way into the room ----

    def _new_document(self, uri: str, language: str, version: int, text: str) -> OpenDocument:
        refusal = self._refusal(text)
        inside = from_editor(text)
        shared = without_forced_end(inside)
        binding = Binding(
            text=text if refusal is None else inside,
            version=version,
            shared=shared,
            encoding=self.client.encoding,
            habits=self._habits,
        )
        document = OpenDocument(
            uri=uri,
            language=language,
            binding=binding,
            alarm=Alarm(self._loop, lambda: self._editing.tick(document)),
            own_text=LineIndex(shared),
            refusal=refusal,
        )
        self._editing.opened(document)
        return document

    def _refusal(self, text: str) -> str | None:
        limit = self._settings.max_document_bytes
        try:
            check_text(text)
        except TextRefused as error:
            return f"{error.message} [{error.code}]"
        if len(text) > limit or len(text.encode("utf-8", "replace")) > limit:
            return f"This file is not shared: it is larger than {limit:,} bytes (setting max_document_bytes). [text-too-large]"
        return None

    def _enter_room_of(self, path: Path) -> None:
        if self._link is not None:
            return
        try:
            folder = JoinedFolder.containing(path)
        except SettingsError as error:
            self._editor.show_message(f"pair-ls: {error.message} [{error.code}]", ERROR)
            return
        if folder is not None:
            self.enter(folder)

    def _offer(self, document: OpenDocument) -> None:
        """Ask the room for the document at this path, if the file is in the joined folder and can be shared."""
        if self._link is None or document.own_text is None:
            return
        try:
            document.path = self._path_in_room(document.uri)
        except PathRefused as error:
            document.refusal = f"{error.message} [{error.code}]"
        if document.refusal is not None:
            self._editor.show_message(f"pair-ls: {document.refusal}", WARNING)
        elif document.path is not None:
            document.sharing = Sharing.OFFERED
            document.offered_text = document.own_text.text()
            self._progress.started(document.uri)
            self._link.open_path(document.path, document.language, document.offered_text)
        self.announce()

    def _path_in_room(self, uri: str) -> str | None:
        assert self._link is not None
        return document_path(uri, self._link.folder.path)

    def _identify(self, document_id: DocumentId, path: str) -> None:
        document = self.documents.offered_at(path)
        if document is not None:
            self.documents.identify(document, document_id)

    def _meet(self, document_id: DocumentId) -> None:
        """The room's text is here: bring it and the editor's together, and keep them so."""
        document = self.documents.with_id(document_id)
        if document is None or not document.is_offered or document.own_text is None:
            return
        assert self._link is not None and self._kept is not None
        room, mine = self._room_text(document_id), document.own_text.text()
        base = self._kept.base(document_id)
        meeting = reconcile(opened=document.offered_text, mine=mine, room=room, base=base)
        if meeting.replaces_file:
            self._back_up(document)
        else:
            document.next_base = self._text_on_disk(document)
        document.sharing = Sharing.BOUND
        document.own_text = None
        if meeting.text != room:
            self._link.edit(document_id, difference(room, meeting.text))
        self._editing.room_changed(document, difference(mine, meeting.text))
        self._keep_bases()
        self._progress.done(document.uri)
        self.announce()

    def _reset(self, document_id: DocumentId, text: str) -> None:
        """The replica was thrown away. What the user types until the room's text is here stands in `own_text` again."""
        document = self.documents.with_id(document_id)
        if document is None or self._kept is None:
            return
        log.warning("the replica of document %s was reset", document_id)
        self._kept.forget_base(document_id)
        document.sharing = Sharing.OFFERED
        document.offered_text = text
        document.own_text = LineIndex(text)

    def _let_go(self, document: OpenDocument, link: RoomLink | None) -> None:
        if document.is_bound and link is not None and document.document_id is not None:
            document.own_text = LineIndex(self._room_text(document.document_id, link))
        document.sharing = Sharing.ALONE
        document.path = None

    def _back_up(self, document: OpenDocument) -> None:
        assert self._kept is not None and document.path is not None
        place = self._kept.back_up(
            document.path, document.text_with_line_ends(), time_name=time.strftime("%Y-%m-%dT%H-%M-%S")
        )
        self._editor.show_message(
            f"pair-ls: {document.path} now shows the room's text; what you had is kept in {place}. [file-replaced]",
            WARNING,
        )

    def _text_on_disk(self, document: OpenDocument) -> str | None:
        """The offered text if that is what lies on the disk: only that can be the base of a later meeting."""
        path = path_of(document.uri)
        try:
            on_disk = without_forced_end(from_editor(path.read_bytes().decode())) if path is not None else None
        except (OSError, UnicodeDecodeError):
            return None
        return on_disk if on_disk == document.offered_text else None

    def _keep_bases(self) -> None:
        """Once everything is acknowledged, what lies on the disk is contained in the room: the base of a later meeting."""
        if self._link is None or self._kept is None or self._link.replica.unacknowledged():
            return
        for document in self.documents:
            if document.next_base is not None and document.is_bound and document.document_id is not None:
                self._kept.save_base(document.document_id, document.next_base)
                document.next_base = None

    def _room_text(self, document_id: DocumentId, link: RoomLink | None = None) -> str:
        link = link or self._link
        shared = None if link is None else link.shared_text(document_id)
        assert shared is not None, "the room said that this document is synced"
        return shared.text

    def _bound(self, uri: str) -> tuple[RoomLink, DocumentId]:
        document = self.documents.get(uri)
        if self._link is None or document is None or not document.is_bound or document.document_id is None:
            raise PairError(
                "This document is not shared, so there is nothing of the room's to undo.", code="not-shared"
            )
        return self._link, document.document_id

    # ---- what the user is told ----

    def _set_state(self, state: HubState) -> None:
        self._state = state
        self._since = time.time()
        self.announce()

    def _tell_outage(self) -> None:
        if self._link is not None:
            self._editor.show_message(
                f"pair-ls: the hub at {self._link.folder.address.hub_url} does not answer. You can go on working; your edits"
                " are merged when it is back. [hub-unreachable]",
                WARNING,
            )

    def _tell_viewer(self) -> None:
        if not self._viewer_was_told:
            self._viewer_was_told = True
            self._editor.show_message(
                "pair-ls: you may watch this room but not change it, so your typing is taken back. [not-allowed]",
                WARNING,
            )

    def _announce(self) -> None:
        if self.client.wants_status:
            self._editor.notify_if_reading(STATUS, self.status().as_json())
        self.presence.announce()
        self.following.look()


def without_forced_end(text: str) -> str:
    r"""The text of a file. Neovim shows and opens an empty one as "\n"; a file of one line end counts as empty too."""
    return "" if text == "\n" else text
