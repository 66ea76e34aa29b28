"""Files that come, go and move: on the disk, to be told to the room, and in the room, to be done on the disk.

What came and what went is gathered for a moment, so that a move is told as a rename and keeps the document's identity.
Many
deletions at once are never carried out without a question, on either side; whatever is deleted here lies in the backup.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pair_ls.editor.disk_change import find_moves
from pair_ls.editor.file_language import language_of
from pair_ls.editor.safe_path import path_key
from pair_ls.errors import PairError, PathRefused, TextRefused
from pair_ls.language_server.folder.choices import some
from pair_ls.language_server.folder.consent import Consent
from pair_ls.language_server.folder.files import FileText
from pair_ls.language_server.folder.records import Record, digest_of
from pair_ls.language_server.folder.tree import walk
from pair_ls.room.document_path import free_path
from pair_ls.room.ids import DocumentId, is_document_id

if TYPE_CHECKING:
    from pair_ls.language_server.folder.shared_folder import SharedFolder

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.8
"""Programs write a file by deleting and making it anew; and a move is a file that goes and one that comes."""
RETRY_SECONDS = 5.0
SEEN_SECONDS = 0.2
"""Until what the hub has taken from us comes back."""
MANY = 20
AT_ONCE = 100
PARTS_AT_ONCE = 3
SEED_CHARACTERS = 1 << 18
"""Longer first texts are not sent in one message but typed in."""
RESTORE, DELETE, KEEP = "Restore here", "Delete for everyone", "Keep here"
DELETE_HERE = "Delete here"
_NEVER = float("inf")
UNKNOWN_DOCUMENT = "unknown-document"
_LATER = ("disconnected", "not-saved")
"""Codes of refusals after which the same request may succeed."""


class TreeChanges:
    """Belongs to one SharedFolder and works in its worker."""

    def __init__(self, folder: "SharedFolder") -> None:
        self._folder = folder
        self.wake_at = _NEVER
        self._walks = folder.options.shares_all
        self._must_walk = False
        self._noticed: set[str] = set()  # paths without a document where something changed
        self._vanished: dict[DocumentId, tuple[str, bool]] = {}  # path, and whether this process saw it vanish
        self._gone: set[DocumentId] = set()  # deleted in the room
        self._new_here: set[DocumentId] = set()
        self._restored: set[DocumentId] = set()
        self._may_delete_here = Consent(folder.host, self._answered)
        self._may_delete_in_room = Consent(folder.host, self._answered)
        self._is_working = False

    @property
    def is_settled(self) -> bool:
        """Nothing is gathered or under way."""
        is_asking = self._may_delete_here.is_asking or self._may_delete_in_room.is_asking
        return self.wake_at == _NEVER and not self._is_working and not is_asking

    def stop(self) -> None:
        """Ask nothing more."""
        self._may_delete_here.stop()
        self._may_delete_in_room.stop()

    def is_new_here(self, document_id: DocumentId) -> bool:
        """Whether file and document came into being at the same time, in two places, and have not met yet."""
        if self._folder.records.get(document_id) is not None:
            return False
        return document_id in self._new_here or (self._walks and self._folder.came_while_here(document_id))

    # ---- what happens ----

    def begin(self) -> None:
        """The folder is ours and the index known: look what is here."""
        if self._folder.is_ours and self._folder.is_index_known and self._walks:
            self._must_walk = True
            self._soon(0)

    def walk_all(self) -> None:
        """Share the whole tree from now on."""
        self._walks = True
        self.begin()

    def noticed(self, paths: Iterable[str]) -> None:
        """Something changed at paths that have no document."""
        self._noticed.update(paths)
        if self._noticed:
            self._soon(GATHER_SECONDS)

    def vanished(self, document_id: DocumentId, path: str, *, is_live: bool) -> None:
        """The file of a document is not there any more. `is_live`: this process saw it; else it went while nobody
        looked.
        """
        if document_id in self._restored:
            return
        self._vanished[document_id] = (path, is_live)
        self._soon(GATHER_SECONDS)

    def gone_from_room(self, document_ids: Iterable[DocumentId]) -> None:
        """Somebody deleted documents that have files here."""
        self._gone.update(document_ids)
        if self._gone:
            self._soon(0)

    def _answered(self) -> None:
        self._soon(0)
        self._folder.wake()

    def _soon(self, seconds: float) -> None:
        self.wake_at = min(self.wake_at, self._now() + seconds)

    def paths_to_look_at(self) -> list[str]:
        """Where the system does not tell of changes: all that has a document, or shall have one. For another thread."""
        folder = self._folder
        paths = [entry.path for entry in list(folder.entries.values())]
        return [*paths, *walk(folder.folder.path, max_bytes=folder.options.max_bytes).paths] if self._walks else paths

    # ---- the work ----

    async def work(self) -> None:
        """All that was gathered."""
        self.wake_at = _NEVER
        self._is_working = True
        try:
            await self._keep_refused()
            await self._delete_here()
            await self._tell_room()
        except (PairError, TimeoutError, OSError) as error:
            log.info("files that came or went wait: %s", type(error).__name__)
            self._soon(RETRY_SECONDS)  # no connection, or no place on the disk: nothing was lost, it is done later
        finally:
            self._is_working = False

    async def _keep_refused(self) -> None:
        """What the person does not want deleted."""
        for document_id in self._may_delete_in_room.take_refused():
            self._vanished.pop(document_id, None)
            await self._restore(document_id)
        for document_id in self._may_delete_here.take_refused():
            self._gone.discard(document_id)
            self._folder.let_go_of(document_id)
            await self._folder.on_disk(self._folder.records.forget, document_id)

    async def _tell_room(self) -> None:
        folder = self._folder
        vanished = {i: at for i, at in self._vanished.items() if not self._may_delete_in_room.is_waiting(i)}
        missing = await folder.on_disk(self._still_missing, {i: path for i, (path, _) in vanished.items()})
        for document_id in vanished.keys() - missing.keys():
            self._vanished.pop(document_id, None)
            self._may_delete_in_room.used(document_id)
        came = await self._paths_without_document()
        role = folder.link.replica.role
        may_edit = role is None or role.may_edit
        try:
            if missing and came and may_edit:
                for document_id, path in (await self._moves(missing, came)).items():
                    if await self._rename(document_id, path):
                        came.remove(path)
                    missing.pop(document_id, None)
                    self._vanished.pop(document_id, None)
            await self._delete_in_room(missing, {i for i in missing if vanished[i][1]}, may_edit=may_edit)
            if may_edit and came:
                await self.create(came)
        except (PairError, TimeoutError, OSError):
            self._noticed.update(came)
            raise

    def _still_missing(self, paths: Mapping[DocumentId, str]) -> dict[DocumentId, str]:
        return {i: path for i, path in paths.items() if self._folder.files.stamp(path) is None}

    async def _paths_without_document(self) -> list[str]:
        """Of the files that shall be shared."""
        folder = self._folder
        noticed, self._noticed = self._noticed, set()
        is_walk = self._walks and (self._must_walk or noticed)
        self._must_walk = False

        # A file that keeps its name although its document has another one (refused, or open) is not a new one.
        def is_known(path: str) -> bool:
            return path_key(path) in folder.by_key or folder.records.owner(path) is not None

        if not is_walk:
            there = await folder.on_disk(lambda: [path for path in noticed if folder.files.stamp(path) is not None])
            return sorted(path for path in there if not is_known(path)) if self._vanished else []
        tree = await folder.on_disk(lambda: walk(folder.folder.path, max_bytes=folder.options.max_bytes))
        for path, why in tree.refused.items():
            if not is_known(path):
                folder.refuse(path, why)
        return [path for path in tree.paths if not is_known(path)]

    async def _moves(self, missing: Mapping[DocumentId, str], came: Sequence[str]) -> dict[DocumentId, str]:
        folder = self._folder
        records = {i: folder.records.get(i) for i in missing}
        vanished = {missing[i]: record.digest for i, record in records.items() if record is not None}
        files = await folder.on_disk(self._read_all, came)
        appeared = {path: digest_of(file.text) for path, file in files.items()}
        ids = {path: i for i, path in missing.items()}
        return {ids[old]: new for old, new in find_moves(vanished, appeared).items()}

    async def _rename(self, document_id: DocumentId, path: str) -> bool:
        """A file was moved here: so is the document. If the path was taken meanwhile, the file follows again.

        Whether that is all about the file; if not, it is a new one.
        """
        folder = self._folder
        try:
            await folder.link.request("renameDocument", {"documentId": document_id, "path": path})
        except PairError as error:
            if error.code in _LATER:
                raise
            await self._restore(document_id)
            if error.code != UNKNOWN_DOCUMENT:
                self._refuse([path], error)
            return error.code != UNKNOWN_DOCUMENT
        await folder.moved(document_id, path)
        folder.attend_to([document_id])
        return True

    def _refuse(self, paths: Sequence[str], error: PairError) -> None:
        """The hub will not have them: told once."""
        new = [path for path in paths if self._folder.refused.get(path) != error.message]
        for path in new:
            self._folder.refuse(path, error.message)
        if new:
            self._folder.host.warn(f"pair-ls: the hub refuses {some(new)}: {error.message} [{error.code}]")

    async def _delete_in_room(
        self, missing: Mapping[DocumentId, str], live: set[DocumentId], *, may_edit: bool
    ) -> None:
        if not may_edit:
            for document_id in missing:
                self._vanished.pop(document_id, None)
                await self._restore(document_id)
            return
        agreed = {i for i in missing if self._may_delete_in_room.is_given(i)}
        new = {i: path for i, path in missing.items() if i not in agreed}
        if live >= new.keys() and not (len(new) > MANY and len(new) * 2 > len(self._folder.records)):
            agreed |= new.keys()
        else:
            message = (
                f"pair-ls: {len(new)} files of the room are gone from your folder: {some(new.values())}."
                " Shall they be deleted for everyone, or restored here?"
            )
            self._may_delete_in_room.ask(new, message, no=RESTORE, yes=DELETE)
        for document_id in agreed:
            await self._delete_one(document_id, missing[document_id])
            self._vanished.pop(document_id, None)
            self._may_delete_in_room.used(document_id)

    async def _delete_one(self, document_id: DocumentId, path: str) -> None:
        folder = self._folder
        try:
            await folder.link.request("deleteDocument", {"documentId": document_id})
        except PairError as error:
            if error.code in _LATER:
                raise
            if error.code != UNKNOWN_DOCUMENT:  # else somebody was quicker, and it is done
                self._refuse([path], error)
                await self._restore(document_id)
                return
        folder.let_go_of(document_id)
        await folder.on_disk(self._back_up_base, document_id, path)
        await folder.on_disk(folder.records.forget, document_id)
        folder.attend_to_path(path)

    async def _restore(self, document_id: DocumentId) -> None:
        await self._folder.on_disk(self._folder.records.forget, document_id)
        self._folder.attend_to([document_id])

    def _back_up_base(self, document_id: DocumentId, path: str) -> None:
        base = self._folder.records.base(document_id)
        if base:
            self._folder.records.back_up(path, base.encode())

    # ---- new files ----

    async def create(self, paths: Sequence[str]) -> None:
        """Documents for these files, some at a time. Raises PairError or TimeoutError without a connection."""
        parts = [paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)]
        under_way = asyncio.Semaphore(PARTS_AT_ONCE)
        done = 0

        async def create_part(part: Sequence[str]) -> None:
            nonlocal done
            async with under_way:
                await self._create_some(part)
            done += len(part)
            if len(parts) > 1:
                self._folder.host.show_progress(done, len(paths))

        self._must_walk = True  # if it fails on the way, the rest is found again
        results = await asyncio.gather(*map(create_part, parts), return_exceptions=True)
        for failure in results:
            if isinstance(failure, BaseException):
                raise failure
        self._must_walk = False

    async def _create_some(self, paths: Sequence[str]) -> None:
        folder = self._folder
        files = await folder.on_disk(self._read_all, paths)
        wanted = [{"path": path, "language": language_of(path)} for path in files]
        if not wanted:
            return
        try:
            answer = await folder.link.request("openDocuments", {"documents": wanted}, timeout_seconds=60.0)
        except PairError as error:
            if error.code in _LATER:
                raise
            await self._create_less(list(files), error)
            return
        opened = [(_opened(document), file) for document, file in zip(answer["documents"], files.values(), strict=True)]
        async with asyncio.TaskGroup() as seeds:
            for ((document_id, seed), file), path in zip(opened, files, strict=True):
                self._new_here.add(document_id)
                if seed and file.text and len(file.text) <= SEED_CHARACTERS:
                    seeds.create_task(self.seed(document_id, path, file.text))
                else:
                    folder.attend_to([document_id])

    async def _create_less(self, paths: Sequence[str], error: PairError) -> None:
        """One path that the hub will not have is no reason to share none of them."""
        if len(paths) == 1 or error.code != PathRefused.code:
            self._refuse(paths, error)
            return
        await self._create_some(paths[: len(paths) // 2])
        await self._create_some(paths[len(paths) // 2 :])

    async def seed(self, document_id: DocumentId, path: str, text: str) -> None:
        """If somebody else was first, the texts meet as any others do."""
        params = {"documentId": document_id, "text": text}
        try:
            answer = await self._folder.link.request("seedDocument", params, timeout_seconds=60.0)
        except (PairError, TimeoutError) as error:
            if isinstance(error, PairError) and error.code not in _LATER:
                self._refuse([path], error)
            else:
                self._folder.attend_in(document_id, RETRY_SECONDS)
            return
        if answer == {"seeded": True} and not self._folder.options.watches:
            self._folder.finish(document_id, path, text)
        else:
            self._folder.attend_in(document_id, SEEN_SECONDS)

    async def keep_both(self, document_id: DocumentId, path: str) -> None:
        """Two made a file of this path at once: the room's stays there, ours becomes "name (2).ext"."""
        folder = self._folder
        tree = await folder.on_disk(lambda: walk(folder.folder.path, max_bytes=folder.options.max_bytes))
        if path not in tree.paths:  # ours is one that is not shared
            folder.choices.ask_side(document_id, path)
            return
        free = await self.free_path(path)
        await folder.on_disk(folder.files.rename, path, free)
        self._new_here.discard(document_id)
        folder.host.warn(f"pair-ls: somebody else made {path} at the same time; yours is {free} now. [created-twice]")
        folder.attend_to([document_id])
        try:
            await self.create([free])
        except (PairError, TimeoutError):
            self.noticed([free])

    async def keep_copy(self, path: str, data: bytes) -> None:
        """As `keep_both`, for a file that is open: it stays where it is and takes the room's text."""
        folder = self._folder
        free = await self.free_path(path)
        await folder.on_disk(folder.files.write_bytes, free, data)
        folder.host.warn(
            f"pair-ls: somebody else made {path} at the same time; your editor shows theirs, and yours is {free} now."
            " [created-twice]"
        )
        try:
            await self.create([free])
        except (PairError, TimeoutError):
            self.noticed([free])

    async def free_path(self, path: str) -> str:
        """ "name (2).ext" and so on: taken neither in the room nor here."""
        folder = self._folder
        taken = [entry.path for entry in folder.entries.values()]
        free = free_path(path, [*taken, path])
        while await folder.on_disk(folder.files.stamp, free) is not None:
            taken.append(free)
            free = free_path(path, [*taken, path])
        return free

    def _read_all(self, paths: Iterable[str]) -> dict[str, FileText]:
        """Those that can be shared; the others are refused with why."""
        files: dict[str, FileText] = {}
        for path in paths:
            try:
                file = self._folder.files.read(path)
            except (PathRefused, TextRefused) as error:
                self._folder.refused[path] = error.message
                continue
            except OSError as error:
                self._folder.refused[path] = f"{path} cannot be read: {error.strerror}."
                continue
            if file is not None:
                files[path] = file
        return files

    # ---- deleted by others ----

    async def _delete_here(self) -> None:
        folder, consent = self._folder, self._may_delete_here
        records = {i: folder.records.get(i) for i in self._gone if i not in folder.entries and i not in self._vanished}
        gone = {i: record for i, record in records.items() if record is not None}
        for document_id in [i for i, record in records.items() if record is None]:
            folder.let_go_of(document_id)
        self._gone.intersection_update(gone)
        new = {i: record for i, record in gone.items() if not consent.is_given(i) and not consent.is_waiting(i)}
        if len(new) > MANY and len(new) * 2 > len(folder.records):
            message = (
                f"pair-ls: {len(new)} files were deleted from the room: {some(r.path for r in new.values())}."
                " Delete them from your folder too?"
            )
            consent.ask(new, message, no=KEEP, yes=DELETE_HERE)
        for document_id, record in gone.items():
            if not consent.is_waiting(document_id):
                await self._delete_gone(document_id, record)

    async def _delete_gone(self, document_id: DocumentId, record: Record) -> None:
        try:
            await self.deleted_in_room(document_id, record)
        except OSError as error:
            why = f"{record.path} was deleted from the room, but stays here: {error.strerror or type(error).__name__}."
            self._folder.refuse(record.path, why)
            self._soon(RETRY_SECONDS)
            return
        self._gone.discard(document_id)
        self._may_delete_here.used(document_id)

    async def deleted_in_room(self, document_id: DocumentId, record: Record) -> None:
        """Somebody deleted it: so is the file, after a backup, unless there is work in it that the room never saw."""
        folder = self._folder
        if folder.host.is_open(document_id, record.path):
            folder.host.deleted_open(document_id, record.path)
            folder.let_go_of(document_id)
            await folder.on_disk(folder.records.forget, document_id)
            return
        folder.let_go_of(document_id)
        is_kept = await folder.on_disk(self._remove, document_id, record)
        folder.refused.pop(record.path, None)
        folder.attend_to_path(record.path)
        if is_kept:
            folder.host.warn(
                f"pair-ls: {record.path} was deleted from the room, but it was changed here, so your file stays."
                " [deleted-elsewhere]"
            )
        folder.host.folder_changed()

    def _remove(self, document_id: DocumentId, record: Record) -> bool:
        """Whether the file was kept because it holds more than what was common."""
        files, records = self._folder.files, self._folder.records
        try:
            file = files.read(record.path)
            is_kept = file is not None and digest_of(file.text) != record.digest
        except (PathRefused, TextRefused, OSError):
            file, is_kept = None, True
        if file is not None and not is_kept:
            if file.data:
                records.back_up(record.path, file.data)
            files.remove(record.path)
        records.forget(document_id)  # last: what failed before is done again
        return is_kept

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


# The hub's answer is JSON, hence Any.
def _opened(document: Any) -> tuple[DocumentId, bool]:
    match document:
        case {"documentId": str(document_id), "seed": bool(seed)} if is_document_id(document_id):
            return DocumentId(document_id), seed
    raise PairError("The hub answered openDocuments as no version that is known.", code="bad-answer")
