"""What one language server has open: its documents and its room. All that happens comes in here, and is passed on.

Methods change state within one turn of the loop. Only those that say `async` wait, for a connection to end.
Long because it is the one way in: most methods are a line or two that pass on what happened.
"""

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pair_ls.crdt.schema import ClientId
from pair_ls.editor import Binding, EarlyChanges, EditorHabits, from_editor, known_habits
from pair_ls.errors import NotAllowed, PairError, PathRefused, SettingsError
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.client import Client, path_of
from pair_ls.language_server.completion import Completion
from pair_ls.language_server.convert import DidChange
from pair_ls.language_server.custom_methods import STATUS
from pair_ls.language_server.documents import OpenDocument, OpenDocuments
from pair_ls.language_server.editing import Editing
from pair_ls.language_server.editor_client import ERROR, INFORMATION, WARNING, EditorClient
from pair_ls.language_server.folder.editor_host import EditorHost
from pair_ls.language_server.folder.host import FolderOptions
from pair_ls.language_server.folder.shared_folder import SharedFolder
from pair_ls.language_server.following import Following
from pair_ls.language_server.joined_folder import JoinedFolder
from pair_ls.language_server.left_room import LeftRoom
from pair_ls.language_server.meetings import Meetings, refusal_of, without_forced_end
from pair_ls.language_server.presence import Presence
from pair_ls.language_server.progress import Progress
from pair_ls.language_server.questions import Questions
from pair_ls.language_server.room_link import RoomLink
from pair_ls.language_server.shown_texts import ShownTexts
from pair_ls.language_server.standing import Standing
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
from pair_ls.text import Delta, LineIndex, Position

log = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 0.1
"""Status and cursors are told at most this often."""


class Workspace:
    """Made once per process; `begin` when the editor has introduced itself."""

    def __init__(self, editor: EditorClient, settings: LanguageServerSettings, loop: asyncio.AbstractEventLoop) -> None:
        self.client = Client()
        self.documents = OpenDocuments()
        self.presence = Presence(editor, self.documents, self.announce)
        self.following = Following(editor, self.presence)
        self.completion = Completion(settings.completion, self.documents, self.announce)
        self._editor = editor
        self._settings = settings
        self._loop = loop
        self._habits = EditorHabits()
        self._editing = Editing(editor, self, loop)
        self._early_changes = EarlyChanges()
        self._progress = Progress(editor, loop)
        self._standing = Standing(editor, loop)
        self._link: RoomLink | None = None
        self._meetings: Meetings | None = None
        self._shared: SharedFolder | None = None
        self._shown: ShownTexts | None = None
        self._left: LeftRoom | None = None
        self._moving = asyncio.Lock()  # held from one room to the next: what is opened meanwhile enters none
        self._questions = Questions(editor)
        self._repaired_drifts = 0
        self._name = settings.name if settings.name_is_chosen else None
        self._told: set[str] = set()
        self._announce_alarm = Alarm(loop, self._announce)

    # ---- the editor's session ----

    def begin(self, client: Client) -> None:
        """`initialize`: what the editor can do, and which folders it has open."""
        self.client = client
        self._habits = known_habits(client.name, client.version)
        self._editing.can_ask_configuration = client.answers_configuration
        self._editing.uses_own_apply_edit = client.answers_apply_edit
        self._progress.is_shown = client.shows_progress
        self.presence.begin(client)
        self.completion.begin(client)

    def initialized(self) -> None:
        """The editor is ready: say what was wrong in the settings, and join the room of an open folder."""
        for complaint in self._settings.complaints:
            self._editor.show_message(f"pair-ls: {complaint}", WARNING)
        for path in self.client.folders:
            self._enter_room_of(path)
        self.announce()

    async def stop(self) -> None:
        """The editor is done. What waits for the hub is sent."""
        self._announce_alarm.stop()
        await self.completion.stop()
        link, shared = self._link, self._shared
        self._link = self._shared = None
        self._stop_keeping()
        if shared is not None:
            await shared.stop()
        if link is not None:
            await link.stop()

    # ---- documents ----

    def opened(self, uri: str, language: str, version: int, text: str) -> None:
        """didOpen. What came too early for it is applied now."""
        self.closed(uri)
        document = self._new_document(uri, language, version, text)
        self.documents.add(document)
        self._editing.opened(document)
        self.completion.opened(document)
        for change in self._early_changes.take(uri, version):
            self._editing.editor_changed(document, change.version, change.changes)
        path = path_of(uri)
        if self._meetings is not None:
            self._meetings.offer(document)
        elif path is not None:
            self._enter_room_of(path.parent)
        self.announce()

    def editor_changed(self, message: DidChange) -> None:
        """didChange."""
        document = self.documents.get(message.uri)
        if document is None:
            self._early_changes.hold(message.uri, message.version, message.changes, self._loop.time())
        else:
            self._editing.editor_changed(document, message.version, message.changes)
            if self._shown is not None:
                self._shown.changed(document)
            self.completion.edited(document, message.changes)
            # An echo moves the others' carets too, whose places were told before the editor had the text.
            self.announce()

    def saved(self, uri: str, text: str | None) -> None:
        """didSave, with the text if the editor sends it."""
        document = self.documents.get(uri)
        if document is None or text is None:
            return
        self._editing.saved(document, text)
        self.completion.saved(document)
        if self._meetings is not None:
            self._meetings.saved(document, text)
        elif self._left is not None:
            self._left.saved(document)

    def closed(self, uri: str) -> None:
        """didClose. The room keeps the document, and the replica too while anything in it is not safe."""
        document = self.documents.get(uri)
        if document is None:
            return
        self._editing.closed(document)
        if self._shown is not None:
            self._shown.closed(document)
        elif self._left is not None:
            self._left.closed(document)
        self.documents.remove(uri)
        self.completion.closed(document)
        self._progress.done(uri)
        self.presence.closed(document)
        if self._link is not None and self._shared is not None and document.document_id is not None:
            self._link.set_awareness(document.document_id, None)
            self._shared.editor_closed(document.document_id)
        self.announce()

    def caret(self, uri: str, anchor: Position, head: Position) -> None:
        """The editor let us know where the caret is."""
        document = self.documents.get(uri)
        if document is not None:
            self.presence.caret(document, anchor, head)

    def request_answered(self, request_id: str, message: dict[str, Any]) -> None:
        """The answer to a request that went around pygls."""
        if not self._questions.answered(request_id, message):
            self.following.answered(request_id, message)
            self._editing.answered(request_id, message)
            self.announce()

    def files_renamed(self, renames: Sequence[tuple[str, str]], *, is_done: bool) -> None:
        """willRenameFiles, didRenameFiles: old and new uris of files or folders."""
        if self._shared is None or self._link is None:
            return
        for old_uri, new_uri in renames:
            try:
                old, new = self._link.path_in_room(old_uri), self._link.path_in_room(new_uri)
            except PathRefused:
                continue  # whatever it is called now is not shared; the file that is gone will be noticed
            if old is not None and new is not None:
                self._shared.editor_renames(old, new, is_done=is_done)

    # ---- the room ----

    @property
    def folder(self) -> JoinedFolder | None:
        """The folder that takes part in a room, if there is one."""
        return None if self._link is None else self._link.folder

    def enter(self, folder: JoinedFolder) -> None:
        """Take part in the room of this folder with all its open files."""
        folder = self._as_called_here(folder)
        replica = Replica(new_client_id=lambda: ClientId(secrets.randbits(32)))
        self._link = RoomLink(folder, replica, self, self._loop)
        host = EditorHost(
            self._link, self.documents, self._editing, self._editor, self.client, self._questions, self.announce
        )
        options = FolderOptions(folder.shares_all, folder.on_conflict, max_bytes=self._settings.max_document_bytes)
        self._shared = SharedFolder(folder, self._link, host, options)
        self._shown = ShownTexts(
            folder, self.client.process_id, self.documents, self._link, self._shared.on_disk, self._loop
        )
        self._meetings = host.meetings = Meetings(
            self._link,
            self.documents,
            self._editing,
            self._editor,
            self._progress,
            self._shared,
            self._shown,
            self.presence,
        )
        self._left = None
        self._shared.start()
        self._shown.start()
        self.presence.entered(self._link)
        self.completion.entered(self._link)
        self._standing.entered(folder.address.hub_url)
        self._progress.hub_expected()
        for document in self.documents:
            self._meetings.offer(document)
        self._link.start()
        self.announce()

    async def enter_anew(self, folder: JoinedFolder) -> None:
        """Take part in this room, unless we do so already."""
        async with self._moving:
            if self.folder != self._as_called_here(folder) or self._standing.state is HubState.REFUSED:
                await self._go_out()
                self.enter(folder)

    def call_me(self, name: str) -> None:
        """The name under which rooms are entered from now on."""
        self._name = name

    async def leave(self) -> JoinedFolder | None:
        """Take no part any more, neither now nor when the folder is opened again; the folder that did.

        The editor keeps its texts, the folder its files.
        """
        async with self._moving:
            folder = self.folder
            if folder is not None:
                folder.forget()
            await self._go_out()
            return folder

    def share_all(self) -> JoinedFolder:
        """Share all files of the folder, now and whatever comes into being later; the folder."""
        if self._link is None or self._shared is None:
            raise PairError("Share or join a folder first: this one takes part in no room.", code="no-room")
        self._link.folder = dataclasses.replace(self._link.folder, shares_all=True)
        self._link.folder.save()
        self._shared.share_all()
        return self._link.folder

    def document_id(self, uri: str) -> DocumentId:
        """Which document of the room this is. Raises PairError if it is none."""
        return self._bound(uri)[1]

    def undo(self, uri: str) -> None:
        """Take back the user's own last change in this document."""
        link, document_id = self._editable(uri)
        link.undo(document_id)

    def redo(self, uri: str) -> None:
        """Do again what was undone last."""
        link, document_id = self._editable(uri)
        link.redo(document_id)

    def status(self) -> Status:
        """How things stand now."""
        documents = [document_json(document) for document in self.documents]
        completion, counts = self.completion.status(), self.completion.feedback.counts()
        link = self._link
        if link is None:
            return Status(HubState.NONE, documents=documents, completion=completion, completion_counts=counts)
        folder, role = link.folder, link.replica.role
        return Status(
            self._standing.state,
            since=self._standing.since,
            room_id=folder.address.room_id,
            room_name=folder.path.name,
            hub_url=folder.address.hub_url,
            role=None if role is None else role.value,
            unacknowledged=link.replica.unacknowledged(),
            repaired_drifts=self._repaired_drifts,
            participants=[person.name for person in self.presence.people()],
            documents=documents,
            invite=folder.invite,
            page=folder.page,
            problem=self._standing.problem,
            completion=completion,
            file_count=0 if self._shared is None else len(self._shared.entries),
            waiting={} if self._shared is None else self._shared.waiting(),
        )

    def files(self) -> list[dict[str, Any]]:
        """All files of the room, and who is in which."""
        if self._shared is None:
            return []
        people: dict[str, list[str]] = {}
        for participant in self.presence.participants_json():
            people.setdefault(participant["path"] or "", []).append(participant["name"])
        return [{**file, "participants": people.get(file["path"], [])} for file in self._shared.files_json()]

    def announce(self) -> None:
        """Something that others may see has changed: tell it soon, once."""
        self._announce_alarm.set_earliest(self._loop.time() + ANNOUNCE_SECONDS)

    # ---- RoomListener ----

    def room_connected(self) -> None:
        """The hub is there (again)."""
        self._standing.connected()
        self._progress.hub_expected()
        self.presence.connected()
        if self._shared is not None:
            self._shared.connected()
        self.announce()

    def room_lost(self) -> None:
        """The hub is not there. Work goes on."""
        self._standing.lost()
        self._progress.hub_lost()
        self.announce()

    def room_refused(self, error: PairError) -> None:
        """The hub said no. Work goes on, alone."""
        self._standing.refused(error)
        self._progress.hub_lost()
        self.announce()

    def room_effect(self, effect: ReplicaEffect) -> None:
        """The replica says what changed."""
        meetings, shared = self._meetings, self._shared
        if meetings is None or shared is None:
            return
        shared.room_effect(effect)
        self.completion.room_effect(effect)
        match effect:
            case TextChanged(document_id, edits):
                self._text_changed(document_id, edits)
            case DocumentOpened(document_id, _, asked_path):
                meetings.identify(document_id, asked_path)
            case DocumentSynced(document_id):
                meetings.meet(document_id)
                self.announce()
            case ResetDocument(document_id, text):
                meetings.reset(document_id, text)
            case NoticeReceived(code=code, message=message):
                self._editor.show_message(f"pair-ls: {message} [{code}]", INFORMATION)
            case Acknowledged():
                if self._shown is not None:
                    self._shown.safe()
                self.announce()
            case RoleChanged():
                meetings.role_changed()
                self.announce()
            case AwarenessChanged() | IndexChanged():
                self.announce()

    # ---- SharedSide ----

    def share(self, document: OpenDocument, edits: Delta) -> bool:
        """Put the user's change of a bound document into the room."""
        link, document_id = self._bound(document.uri)
        self.following.stop()
        if not link.may_edit:
            self._tell_once("You may watch this room but not change it, so your typing is taken back. [not-allowed]")
            return False
        if self._grows_too_large(link, document_id, edits):
            self._tell_once(
                f"{document.path} is as large as it may be, so what you typed is taken back. [text-too-large]"
            )
            return False
        link.edit(document_id, edits)
        self.presence.typed(document, edits)
        return True

    def shared_text_of(self, document: OpenDocument) -> str:
        """The room's text of a bound document."""
        link, document_id = self._bound(document.uri)
        return link.text(document_id)

    def drift_repaired(self, document: OpenDocument, characters: int) -> None:
        """What the editor reported was not what it holds: counted, and told."""
        self._repaired_drifts += 1
        log.warning("repaired a drift of %d characters", characters)
        self._editor.show_message(
            f"pair-ls: the editor had reported {document.path or document.uri} wrongly ({characters} characters);"
            " the room now has what you see. [drift-repaired]",
            WARNING,
        )
        self.announce()

    # ---- inside ----

    async def _go_out(self) -> None:
        link, meetings, shared = self._link, self._meetings, self._shared
        self._link = self._meetings = self._shared = None
        if link is None or meetings is None or shared is None:
            return
        self._left = meetings.left()
        self._stop_keeping()
        self.presence.left()
        self.completion.left()
        self.following.stop()
        self._standing.left()
        self.announce()
        await shared.stop()
        await link.stop()

    def _stop_keeping(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            shown.stop()

    def _new_document(self, uri: str, language: str, version: int, text: str) -> OpenDocument:
        refusal = refusal_of(text, self._settings.max_document_bytes)
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
        return document

    def _enter_room_of(self, path: Path) -> None:
        """Unless the user does not trust the folder: then what lies in it does not choose who sees the text."""
        if self._link is not None or self._moving.locked() or not self.client.trusts_folders:
            return
        try:
            folder = JoinedFolder.containing(path)
        except SettingsError as error:
            self._editor.show_message(f"pair-ls: {error.message} [{error.code}]", ERROR)
            return
        if folder is not None:
            self.enter(folder)

    def _text_changed(self, document_id: DocumentId, edits: Delta) -> None:
        document = self.documents.with_id(document_id)
        if document is not None and document.is_bound:
            self._editing.room_changed(document, edits)
            self.presence.text_changed(document, edits)

    def _bound(self, uri: str) -> tuple[RoomLink, DocumentId]:
        document = self.documents.get(uri)
        if self._link is None or document is None or not document.is_bound or document.document_id is None:
            raise PairError("This document is not shared, so the room has nothing of it.", code="not-shared")
        return self._link, document.document_id

    def _editable(self, uri: str) -> tuple[RoomLink, DocumentId]:
        link, document_id = self._bound(uri)
        if not link.may_edit:
            raise NotAllowed("You may watch this room but not change it, so nothing is undone or redone.")
        return link, document_id

    def _as_called_here(self, folder: JoinedFolder) -> JoinedFolder:
        """A name that somebody has set for this editor wins over the one with which the folder was joined."""
        name = folder.address.name if self._name is None else self._name
        return dataclasses.replace(
            folder, address=dataclasses.replace(folder.address, name=name, color=self._settings.color)
        )

    def _grows_too_large(self, link: RoomLink, document_id: DocumentId, edits: Delta) -> bool:
        growth = sum(edit.growth for edit in edits)
        shared, limit = link.shared_text(document_id), self._settings.max_document_bytes
        if growth <= 0 or shared is None or 4 * (len(shared.lines) + growth) <= limit:  # 4: no character takes more
            return False
        added = sum(len(edit.new_text.encode()) for edit in edits)
        return shared.lines.utf8_offset(len(shared.lines)) + added > limit

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._editor.show_message(f"pair-ls: {sentence}", WARNING)

    def _announce(self) -> None:
        if self.client.wants_status:
            self._editor.notify_if_reading(STATUS, self.status().as_json())
        self.presence.announce()
        self.following.look()
