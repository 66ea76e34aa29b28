"""A joined folder and its room, kept in step: files that no editor has open are written here, changes of other programs
are told.

Everything that happens only marks a document as due; one worker then looks at it: what the index says, what the disk
has, what the
room has, what was common, and does the next right thing. So no order of events can lead it astray, and being killed
costs nothing. One class, although long: all of it is the worker's one decision about a document, and its memory.

    room's effects, disk's changes, answers --> due --> _attend(document) --> edits for the room | a write | a question

Disk work runs in one thread of its own; decisions are made in the loop, without waiting between reading the room's text
and using it.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.editor.join_policy import Agreed, Ask, Missing, OnConflict, decide
from pair_ls.editor.safe_path import check_path, path_key, runs_things
from pair_ls.errors import PairError, PathRefused, TextRefused, places
from pair_ls.language_server.folder.choices import Choices
from pair_ls.language_server.folder.files import FileText, FolderFiles, Form, Stamp
from pair_ls.language_server.folder.folder_lock import FolderLock
from pair_ls.language_server.folder.host import FolderHost, FolderLink, FolderOptions
from pair_ls.language_server.folder.records import Records, digest_of
from pair_ls.language_server.folder.renames import Renames
from pair_ls.language_server.folder.report import Report
from pair_ls.language_server.folder.tree_changes import TreeChanges
from pair_ls.language_server.folder.watching import changes
from pair_ls.language_server.joined_folder import FOLDER_NAME, JoinedFolder
from pair_ls.room.effects import (
    Acknowledged,
    DocumentSynced,
    DocumentTouched,
    IndexChanged,
    ReplicaEffect,
    ResetDocument,
    TextChanged,
)
from pair_ls.room.ids import DocumentId
from pair_ls.text import Edit, difference

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.2
"""The room's changes of a file that is not open are written together."""
EDITOR_SECONDS = 1.5
"""How long an editor may take to load a file anew by itself, before another program's change is brought to it as edits.
"""
REST_SECONDS = 30.0
"""A text that did not change for so long is not kept in memory."""
LEAST_SECONDS = 0.003
TROUBLE_SECONDS = 2.0
"""After so long it is tried again what the disk did not let happen."""
LOCK_SECONDS = 2.0
"""So often the folder is tried to be taken over."""
OPENING_AT_ONCE = 64
MANY = 20
"""So many files do not vanish without a question."""
SEED_CHARACTERS = 2_000_000
CHUNK = 1 << 18
"""Code points in one edit: the hub refuses messages that are too large."""

T = TypeVar("T")


class SharedFolder:
    """From `start` to `stop`. Public methods are called in the event loop; only those that say `async` wait."""

    def __init__(self, folder: JoinedFolder, link: FolderLink, host: FolderHost, options: FolderOptions) -> None:
        self.folder = folder
        self.options = options
        self.host = host
        self.link = link
        own = folder.path / FOLDER_NAME
        self.records = Records(folder.path, folder.address.room_id)
        self.files = FolderFiles(folder.path, temporary=own / "temporary", max_bytes=options.max_bytes)
        self.choices = Choices(
            folder.path, host, on_conflict=options.on_conflict, allowed=options.allowed, changed=self._chosen
        )
        self.refused: dict[str, str] = {}  # path -> why it is not in step, in a sentence
        self.tree = TreeChanges(self)
        self.renames = Renames(self)
        self.is_ours = False  # this process keeps the files in step; else another one does
        self.entries: dict[DocumentId, DocumentEntry] = {}
        self.by_key: dict[str, DocumentId] = {}
        self.is_index_known = False
        self._lock = FolderLock(own / "lock")
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="folder")
        self._due: dict[DocumentId, float] = {}
        self._opening: set[DocumentId] = set()
        self._to_open: dict[DocumentId, None] = {}  # in the order of wanting; OPENING_AT_ONCE are on their way
        self._uncommitted: dict[DocumentId, tuple[str, str]] = {}  # path and text that are common once the hub has all
        self._save_again_at = 0.0
        self._seen: set[DocumentId] = set()  # whose files this process has found or made
        self._live: set[DocumentId] = set()  # came into being while we were here
        self._finished: set[DocumentId] = set()
        self._rest_at: dict[DocumentId, float] = {}
        self._something = asyncio.Event()
        self._watches = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_working = False
        self._progress_total = 0
        self._reported: Report | None = None

    # ---- life ----

    def start(self) -> None:
        """Take the folder, if no other process has it."""
        self._start(self._run(), "shared folder")

    async def stop(self) -> None:
        """Leave everything as it is."""
        tasks, self._tasks = self._tasks, []
        self.choices.stop()
        self.tree.stop()
        self.host.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._save_again_at = 0.0
        await self._save_common()
        await asyncio.to_thread(self._disk.shutdown)
        self._lock.release()

    # ---- what happens ----

    def connected(self) -> None:
        """The hub is there (again)."""
        if self._tasks:
            self._start(self._learn_index(), "index of the room")

    def room_effect(self, effect: ReplicaEffect) -> None:
        """The replica says what changed."""
        match effect:
            case IndexChanged(entries):
                self._take_index(entries)
            case DocumentSynced(document_id):
                self._opened(document_id)
            case DocumentTouched(document_id) | ResetDocument(document_id, _):
                self.attend_to([document_id])
            case TextChanged(document_id, _):
                self._due.setdefault(document_id, self.now() + COALESCE_SECONDS)
                self._rest_at[document_id] = self.now() + REST_SECONDS
                self._something.set()
            case Acknowledged():
                self._something.set()

    def disk_changed(self, paths: Iterable[str]) -> None:
        """Other programs, or we, changed something at these paths."""
        unknown = set()
        for path in paths:
            document_id = self.by_key.get(path_key(path))
            if document_id is None:
                unknown.add(path)
            else:
                is_open = self.host.is_open(document_id, path)
                self._due.setdefault(document_id, self.now() + (EDITOR_SECONDS if is_open else 0))
        self.tree.noticed(unknown)
        self._something.set()

    def editor_closed(self, document_id: DocumentId) -> None:
        """No editor has it open any more: the file is ours to write."""
        if self.is_ours:
            self.attend_to([document_id])
        else:
            self.link.rest(document_id)

    def attend_in(self, document_id: DocumentId, seconds: float) -> None:
        """Something about it may have to be done after a while."""
        self._due.setdefault(document_id, self.now() + seconds)
        self._something.set()

    def editor_opens(self, path: str, text: str) -> None:
        """An editor will ask for this path. If it is a file that was moved here, its document is renamed before."""
        if self.is_index_known and not self.is_known(path):
            document_id = self._moved_from(path, digest_of(text))
            if document_id is not None:
                self.link.tell("renameDocument", {"documentId": document_id, "path": path})

    def editor_renames(self, old: str, new: str, *, is_done: bool) -> None:
        """The editor renames a file or folder: asks whether it may, then tells that it did."""
        for document_id, entry in self.entries.items():
            if entry.path == old or entry.path.startswith(old + "/"):
                path = new + entry.path[len(old) :]
                self.renames.editor_renames(document_id, self.now() + EDITOR_SECONDS)
                self.link.tell("renameDocument", {"documentId": document_id, "path": path})
        if is_done:
            self.renames.editor_renamed()

    def keep_copy(self, path: str, data: bytes) -> None:
        """Two made a file of this path at once, and an editor has ours open: it goes on as "name (2).ext"."""
        self._start(self.tree.keep_copy(path, data), "second file of a name")

    def forget(self, document_id: DocumentId) -> None:
        """What was common is not any more."""
        self._uncommitted.pop(document_id, None)
        self.records.forget(document_id)

    def attend_to(self, document_ids: Iterable[DocumentId]) -> None:
        """Something about these documents may have to be done."""
        for document_id in document_ids:
            self._due[document_id] = self.now()
        self._something.set()

    def wake(self) -> None:
        """Let the worker look what is due."""
        self._something.set()

    def attend_to_path(self, path: str) -> None:
        """The file here is no other document's any more."""
        document_id = self.by_key.get(path_key(path))
        if document_id is not None:
            self.attend_to([document_id])

    def share_all(self) -> None:
        """From now on files that come into being here are shared too."""
        self.tree.walk_all()
        self._something.set()

    # ---- what others ask ----

    def common_text(self, document_id: DocumentId, opened: str) -> str | None:
        """The last text that folder and room had in common, for a file that an editor has just opened with `opened`.

        The editor may have read the file a moment before it was written anew, or before it was there. Then what it
        read is the base, not what came after; else that would look like something the user has deleted.
        """
        if not opened or self.records.was_common(document_id, opened):
            return opened
        waiting = self._uncommitted.get(document_id)
        return self.records.base(document_id) if waiting is None else waiting[1]

    def set_common(self, document_id: DocumentId, path: str, text: str) -> None:
        """The disk has this text, and the room contains it; it counts once the hub has all of it."""
        self._seen.add(document_id)
        self.records.lies_at(document_id, path)
        self._uncommitted[document_id] = (path, text)
        self._something.set()

    def finish(self, document_id: DocumentId, path: str, text: str) -> None:
        """All is said about this document; nobody here waits for what comes next."""
        self._finished.add(document_id)
        self.set_common(document_id, path, text)

    def is_known(self, path: str) -> bool:
        """Whether the room had a document at this path before we asked for one."""
        return path_key(path) in self.by_key

    def came_while_here(self, document_id: DocumentId) -> bool:
        """Whether the document came into being after the index was known."""
        return document_id in self._live

    def is_settled(self) -> bool:
        """Whether all that can be done is done: what is left waits for a person."""
        return (
            self.is_index_known
            and not self._is_working
            and not self._due
            and not self._opening
            and not self._to_open
            and not self._uncommitted
            and not self.choices.is_asking
            and self.tree.is_settled
            and not self.link.replica.unacknowledged()
        )

    def waiting(self) -> dict[str, str]:
        """path -> why it is not in step, of all that are not."""
        told = dict(self.refused)
        told.update(
            dict.fromkeys(self.choices.conflicts.values(), "It differs from the room and waits for you to choose.")
        )
        told.update(dict.fromkeys(self.choices.risky.values(), "It makes machines run things and waits for your yes."))
        return told

    def _moved_from(self, path: str, digest: bytes) -> DocumentId | None:
        for document_id, record in self.records:
            is_like_it = record.digest == digest and record.path != path and document_id in self.entries
            if is_like_it and not self.host.is_open(document_id, record.path) and self.files.stamp(record.path) is None:
                return document_id
        return None

    def _chosen(self, document_ids: Sequence[DocumentId]) -> None:
        self.attend_to(document_ids)
        self.host.chosen(document_ids)

    def files_json(self) -> list[dict[str, Any]]:
        """All documents of the room, as the status tells them."""
        return [
            {
                "path": entry.path,
                "documentId": document_id,
                "isOpen": self.host.is_open(document_id, entry.path),
                "unacknowledged": self.link.replica.unacknowledged(document_id),
            }
            for document_id, entry in sorted(self.entries.items(), key=lambda item: item[1].path)
        ]

    async def on_disk(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run in the disk's thread, in the order of the calls. Arguments are passed on as they are, hence Any."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, function, *arguments)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task in self._tasks:
            self._tasks.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended by a bug\n%s", task.get_name(), "\n".join(places(error)))

    # ---- the worker ----

    async def _run(self) -> None:
        while not await self._take_folder():
            await self._save_common()
            await asyncio.sleep(LOCK_SECONDS)
        for document_id, (path, _) in self._uncommitted.items():
            self.records.lies_at(document_id, path)
        self.is_ours = True
        if self.options.watches:
            self._start(self._watch(), "folder watch")
            await self._watches.wait()  # what happens while we look for the first time must not go unnoticed
        self.attend_to([*self.entries, *(i for i, _ in self.records if i not in self.entries)])
        self.tree.begin()
        while True:
            await self._wait()
            self._is_working = True
            try:
                await self._work()
            except Exception as error:  # the edge of the task: the next turn may go better
                self._trouble(error)
                await asyncio.sleep(TROUBLE_SECONDS)
            else:
                self.refused.pop(FOLDER_NAME, None)
            finally:
                self._is_working = False

    async def _take_folder(self) -> bool:
        try:
            if not self._lock.acquire():
                return False
            await self.on_disk(self._prepare)
        except OSError as error:
            self._trouble(error)
            return False
        self.refused.pop(FOLDER_NAME, None)
        return True

    def _trouble(self, error: Exception) -> None:
        """Not about one file: the folder as a whole could not be attended to."""
        why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        log.error("a folder is not in step\n%s", "\n".join(places(error)))
        self.refuse(FOLDER_NAME, f"The folder is not in step for now: {why}. It is tried again.")

    def _prepare(self) -> None:
        (self.folder.path / FOLDER_NAME / "temporary").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.files.clear_temporary()
        self.records.load()  # whoever had the folder until now has written others since we began

    async def _watch(self) -> None:
        async for paths in changes(self.folder.path, self.files, self.tree.paths_to_look_at):
            self._watches.set()
            if paths:
                self.disk_changed(paths)

    async def _wait(self) -> None:
        """Until something is due. Never not at all: whatever goes wrong, waiting does not take the machine."""
        await asyncio.sleep(LEAST_SECONDS)
        delay = self._wake_at() - self.now()
        if delay > 0:
            try:
                async with asyncio.timeout(None if delay == float("inf") else delay):
                    await self._something.wait()
            except TimeoutError:
                pass
        self._something.clear()

    def _wake_at(self) -> float:
        """When something can be done. What waits for the hub is no matter of time: its answer wakes us."""
        rests = (at for i, at in self._rest_at.items() if i not in self._uncommitted and i not in self._due)
        tree = self.tree.wake_at if self.is_index_known else float("inf")
        saves = self._save_again_at if self._save_again_at > self.now() else float("inf")
        return min(tree, saves, *self._due.values(), *rests, float("inf"))

    async def _work(self) -> None:
        await self._save_common()
        now = self.now()
        due = [document_id for document_id, at in self._due.items() if at <= now]
        for document_id in due[:OPENING_AT_ONCE]:
            self._due.pop(document_id, None)
        try:
            if self.is_index_known and any(map(self.renames.is_elsewhere, due[:OPENING_AT_ONCE])):
                await self.renames.follow()
            # Each document is one matter of its own; together they keep the disk's thread busy.
            await asyncio.gather(*map(self._attend_guarded, due[:OPENING_AT_ONCE]))
        except Exception:  # whatever it was: none of them is forgotten
            for document_id in due[:OPENING_AT_ONCE]:
                self.attend_in(document_id, TROUBLE_SECONDS)
            raise
        self._show_progress()
        if len(due) > OPENING_AT_ONCE:
            self._something.set()
        elif self.is_index_known and self.tree.wake_at <= now:
            await self.tree.work()
        self._rest()
        await self._report()

    async def _report(self) -> None:
        """For `pair-ls status`, when it is another one than before."""
        report = Report(os.getpid(), self.link.replica.unacknowledged(), self.waiting())
        if report != self._reported:
            self._reported = report
            try:
                await self.on_disk(report.save, self.folder.path)
            except OSError as error:  # the next report says it all again
                log.warning("the status of the folder could not be written: %s", error.strerror)

    async def _attend_guarded(self, document_id: DocumentId) -> None:
        path = self._path_of(document_id)
        try:
            await self._attend(document_id)
        except (PathRefused, TextRefused) as error:
            self.refuse(path, error.message)
        except OSError as error:
            self.refuse(path, f"{path} cannot be kept in step: {error.strerror or type(error).__name__}.")

    async def _attend(self, document_id: DocumentId) -> None:
        """One document: the next right thing. Raises PathRefused, TextRefused or OSError if it cannot be in step."""
        if document_id in self._finished:
            return
        entry, record = self.entries.get(document_id), self.records.get(document_id)
        if entry is None:
            if record is not None and self.is_index_known:
                self.tree.gone_from_room([document_id])
            return
        self.check(document_id, entry.path)
        if self.renames.is_elsewhere(document_id) or not self._is_place_free(document_id, entry.path):
            return
        if self.host.is_open(document_id, entry.path):
            await self._look_at_open(document_id, entry.path)
            return
        if not self.link.replica.is_synced(document_id):
            self._open(document_id)
            return
        await self._meet(document_id, entry.path)

    def _open(self, document_id: DocumentId) -> None:
        if document_id in self._opening:
            return
        if len(self._opening) < OPENING_AT_ONCE:
            self._opening.add(document_id)
            self.link.open(document_id)
        else:
            self._to_open[document_id] = None

    def _opened(self, document_id: DocumentId) -> None:
        self._opening.discard(document_id)
        self.attend_to([document_id])
        while self._to_open and len(self._opening) < OPENING_AT_ONCE:
            self._open(self._to_open.popitem()[0])

    def check(self, document_id: DocumentId, path: str) -> None:
        """Raises PathRefused for a path that may not be a file here (yet)."""
        check_path(path)
        twin = self.by_key.get(path_key(path), document_id)
        if twin != document_id:
            raise PathRefused(f"{path} and {self.entries[twin].path} are one file on some machines; the first is kept.")

    def _is_place_free(self, document_id: DocumentId, path: str) -> bool:
        """Not while the file that lies there is another document's: it waits to be moved or deleted. Raises PathRefused
        if a person has to act.
        """
        owner = self.records.owner(path)
        if owner is None or owner == document_id:
            return True
        if owner in self.entries and not self.host.is_open(document_id, path):
            raise PathRefused(f"{path} waits: the file there is called {self.entries[owner].path} in the room now.")
        return False

    async def _meet(self, document_id: DocumentId, path: str) -> None:
        """A document and its file, none of them in an editor."""
        file, base = await self.on_disk(self._look, document_id, path)
        shared = self.link.shared_text(document_id)
        if shared is None or self._path_of(document_id) != path or self.host.is_open(document_id, path):
            self.attend_to([document_id])
            return
        mine, room = (None, shared.text) if file is None else (file.text, shared.text)
        if document_id in self._uncommitted:
            base = self._uncommitted[document_id][1]
        decision = decide(mine=mine, room=room, base=base, on_conflict=self._side(document_id, path))
        match decision:
            case Missing():
                self.tree.vanished(document_id, path, is_live=document_id in self._seen)
            case Ask() if self.tree.is_new_here(document_id):
                await self.tree.keep_both(document_id, path)
            case Ask():
                self.choices.ask_side(document_id, path)
            case Agreed(text, loses_mine):
                await self._agree(document_id, path, file, room, text, loses_mine=loses_mine)

    async def _agree(
        self, document_id: DocumentId, path: str, file: FileText | None, room: str, text: str, *, loses_mine: bool
    ) -> None:
        if text != room:
            if not self._may_edit():
                self.refuse(path, f"{path} was changed here, but you may only read this room; it is not in step.")
                return
            if self._is_unwritten(document_id) and len(text) <= SEED_CHARACTERS:
                # Whoever made the document may be about to write it: the hub lets only one first text in.
                await self.tree.seed(document_id, path, text)
                return
            self.edit(document_id, room, text)
        if file is None or text != file.text:
            if not self.may_write(document_id, path):
                return
            if not await self.on_disk(self._write, path, text, file, loses_mine):
                self.attend_to([document_id])  # it changed again in this moment
                return
        self.refused.pop(path, None)
        self.choices.forget(document_id)
        self.set_common(document_id, path, text)
        self._rest_at.setdefault(document_id, self.now())
        shared = self.link.shared_text(document_id)
        if shared is not None and shared.text != text:
            self._due.setdefault(document_id, self.now() + COALESCE_SECONDS)

    def _may_edit(self) -> bool:
        role = self.link.replica.role
        return role is None or role.may_edit

    def _is_unwritten(self, document_id: DocumentId) -> bool:
        shared = self.link.shared_text(document_id)
        return shared is not None and shared.document.is_empty

    def may_write(self, document_id: DocumentId, path: str) -> bool:
        """Whether the others' text may be written there; asks, if that makes this machine run things."""
        if not runs_things(path) or self.choices.is_allowed(path):
            return True
        if not self.choices.is_refused(path):
            self.choices.ask_allowed(document_id, path)
        self.refuse(path, f"{path} is not written: it makes machines run things, and nobody here has said yes.")
        return False

    def edit(self, document_id: DocumentId, room: str, text: str) -> None:
        """Turn the room's text into this one."""
        edits = difference(room, text)
        if sum(len(edit.new_text) for edit in edits) <= CHUNK:
            self.link.edit(document_id, edits)
            return
        for edit in reversed(edits):
            for at in range(0, max(len(edit.new_text), 1), CHUNK):
                place = edit.start + at
                end = edit.end if at == 0 else place
                self.link.edit(document_id, (Edit(place, end, edit.new_text[at : at + CHUNK]),))

    async def _look_at_open(self, document_id: DocumentId, path: str) -> None:
        """Another program, or the editor, wrote a file that is open. The editor comes first: its text is not replaced.

        If the editor shows what the disk has, it has saved or loaded it. If not, the change is brought to it as edits.
        """
        shown = self.host.open_text(document_id)
        if shown is None:
            return
        file, base = await self.on_disk(self._look, document_id, path)
        shown, shared = self.host.open_text(document_id), self.link.shared_text(document_id)
        if file is None or shown is None or shared is None:
            return
        if document_id in self._uncommitted:
            base = self._uncommitted[document_id][1]
        is_news = file.text not in (shown, base) and base is not None and not self._was_common(document_id, file.text)
        if is_news and not self._may_edit():
            return
        if is_news:
            decision = decide(mine=file.text, room=shared.text, base=base, on_conflict=OnConflict.ASK)
            if isinstance(decision, Agreed):
                self.host.change_open(document_id, difference(shared.text, decision.text))
        self.set_common(document_id, path, file.text)

    def _was_common(self, document_id: DocumentId, text: str) -> bool:
        record = self.records.get(document_id)
        return record is not None and record.digest == digest_of(text)

    async def moved(self, document_id: DocumentId, path: str) -> None:
        """Its file is there now."""
        waiting = self._uncommitted.get(document_id)
        if waiting is not None:
            self._uncommitted[document_id] = (path, waiting[1])
        await self.on_disk(self.records.moved, document_id, path)

    # ---- in the disk's thread ----

    def _look(self, document_id: DocumentId, path: str) -> tuple[FileText | None, str | None]:
        return self.files.read(path), self.records.base(document_id)

    def _write(self, path: str, text: str, before: FileText | None, loses_mine: bool) -> bool:
        """Write the room's text, unless the file is not as it was read; then nothing is done."""
        stamp = self.files.stamp(path)
        if stamp != (None if before is None else before.stamp):
            return False
        if before is not None and loses_mine:
            self.records.back_up(path, before.data)
        self.files.write(path, text, Form() if before is None else before.form)
        return True

    # ---- small things ----

    async def _save_common(self) -> None:
        """What the hub has acknowledged is common: a later meeting starts from there."""
        ready = [i for i in self._uncommitted if not self.link.replica.unacknowledged(i)]
        if not ready or self.now() < self._save_again_at:
            return
        saved = [(i, *self._uncommitted.pop(i)) for i in ready]
        for document_id, path, text in await self.on_disk(self._save_all, saved):
            self._uncommitted.setdefault(document_id, (path, text))
            self._save_again_at = self.now() + TROUBLE_SECONDS
        self.host.folder_changed()

    def _save_all(self, saved: Sequence[tuple[DocumentId, str, str]]) -> list[tuple[DocumentId, str, str]]:
        """Those that could not be saved: they are not common yet."""
        failed = []
        for document_id, path, text in saved:
            try:
                self.records.save(document_id, text, path)
            except OSError as error:
                log.warning("what is common of %s could not be saved: %s", document_id, error.strerror)
                failed.append((document_id, path, text))
        return failed

    async def _learn_index(self) -> None:
        """The hub answers in order: behind this answer the index is known, even if it is empty."""
        try:
            await self.link.request("participants", {}, timeout_seconds=60.0)
        except (PairError, TimeoutError):
            return
        self.is_index_known = True
        self._take_index(self.link.replica.entries())
        self.attend_to(i for i, _ in self.records if i not in self.entries)
        self.tree.begin()

    def _take_index(self, entries: dict[DocumentId, DocumentEntry]) -> None:
        changed = {i for i in entries.keys() | self.entries.keys() if entries.get(i) != self.entries.get(i)}
        gone = {i: self.entries[i].path for i in changed if i not in entries}
        self._live |= entries.keys() - self.entries.keys() if self.is_index_known else set()
        self.entries = entries
        # Of two paths that are one file on some machines the document with the lower id has it, for everybody.
        self.by_key = {path_key(entries[i].path): i for i in sorted(entries, reverse=True)}
        for document_id, path in gone.items():
            self._gone_from_room(document_id, path)
        self.attend_to(changed.difference(gone))

    def _gone_from_room(self, document_id: DocumentId, path: str) -> None:
        """Somebody deleted it. What is open is let go at once, by whichever process has it open."""
        place = self.records.place(document_id) or path
        if self.host.is_open(document_id, place):
            self.host.deleted_open(document_id, place)
            self.let_go_of(document_id)
            self._disk.submit(self.records.forget, document_id)
        elif self.is_ours:
            self.tree.gone_from_room([document_id])
        else:
            self.let_go_of(document_id)

    def let_go_of(self, document_id: DocumentId) -> None:
        """The room has it no more, so nothing of it waits for the hub or for a person."""
        self._uncommitted.pop(document_id, None)
        self._rest_at.pop(document_id, None)
        self.choices.forget(document_id)
        self.link.forget(document_id)

    def _rest(self) -> None:
        """Texts that were looked at and do not change need no memory."""
        now = self.now()
        for document_id, at in list(self._rest_at.items()):
            if at > now or document_id in self._uncommitted or document_id in self._due:
                continue
            del self._rest_at[document_id]
            entry = self.entries.get(document_id)
            if entry is None or not self.host.is_open(document_id, entry.path):
                self.link.rest(document_id)

    def refuse(self, path: str, why: str) -> None:
        """This path is not in step, and the status says why."""
        if self.refused.get(path) != why:
            self.refused[path] = why
            log.info("a file is not in step")
            self.host.folder_changed()

    def _side(self, document_id: DocumentId, path: str) -> OnConflict:
        return OnConflict.ASK if self.tree.is_new_here(document_id) else self.choices.side(document_id)

    def _path_of(self, document_id: DocumentId) -> str:
        entry, record = self.entries.get(document_id), self.records.get(document_id)
        return entry.path if entry is not None else record.path if record is not None else document_id

    def _show_progress(self) -> None:
        left = len(self._due) + len(self._opening) + len(self._to_open)
        if self._progress_total == 0 and left < MANY:
            return
        self._progress_total = max(self._progress_total, left)
        self.host.show_progress(self._progress_total - left, self._progress_total)
        if left == 0:
            self._progress_total = 0

    def now(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()


__all__ = ["SharedFolder", "Stamp"]
