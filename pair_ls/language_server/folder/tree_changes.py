"""Files that come, go and move: on the disk, to be told to the room, and in the room, to be done on the disk.

What came and what went is gathered for a moment, so that a move is told as a rename and keeps the document's identity.
Many
deletions at once are never carried out without a question, on either side; whatever is deleted here lies in the backup.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pair_ls.editor.disk_change import find_moves
from pair_ls.editor.file_language import language_of
from pair_ls.editor.safe_path import path_key
from pair_ls.errors import PairError, PathRefused, TextRefused
from pair_ls.language_server.folder.choices import some
from pair_ls.language_server.folder.files import FileText
from pair_ls.language_server.folder.records import Record, digest_of
from pair_ls.language_server.folder.tree import walk
from pair_ls.room.document_path import free_path
from pair_ls.room.ids import DocumentId, is_document_id

if TYPE_CHECKING:
    from pair_ls.language_server.folder.shared_folder import SharedFolder

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
        self._is_working = False

    @property
    def is_settled(self) -> bool:
        """Nothing is gathered or under way."""
        return self.wake_at == _NEVER and not self._is_working

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
            await self._delete_here()
            await self._tell_room()
        except (PairError, TimeoutError):
            self._soon(RETRY_SECONDS)  # no connection: nothing was lost, it is done later
        finally:
            self._is_working = False

    async def _tell_room(self) -> None:
        folder = self._folder
        vanished = {i: self._vanished[i] for i in list(self._vanished)}
        missing = await folder.on_disk(self._still_missing, {i: path for i, (path, _) in vanished.items()})
        came = await self._paths_without_document()
        may_edit = folder.link.replica.role is None or folder.link.replica.role.may_edit
        if missing and came and may_edit:
            for document_id, path in (await self._moves(missing, came)).items():
                await self._rename(document_id, path)
                missing.pop(document_id, None)
                came.remove(path)
        self._vanished = {i: at for i, at in self._vanished.items() if i in missing}
        await self._delete_in_room(missing, {i for i in missing if vanished[i][1]}, may_edit=may_edit)
        self._vanished.clear()
        if may_edit and came:
            await self.create(came)

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

    async def _rename(self, document_id: DocumentId, path: str) -> None:
        """A file was moved here: so is the document. If the path was taken meanwhile, the file follows again."""
        folder = self._folder
        await folder.link.request("renameDocument", {"documentId": document_id, "path": path})
        await folder.moved(document_id, path)
        folder.attend_to([document_id])

    async def _delete_in_room(
        self, missing: Mapping[DocumentId, str], live: set[DocumentId], *, may_edit: bool
    ) -> None:
        if not missing:
            return
        answer: str | None = RESTORE
        if (
            may_edit
            and len(live) == len(missing)
            and not (len(missing) > MANY and len(missing) * 2 > len(self._folder.records))
        ):
            answer = DELETE
        elif may_edit:
            message = (
                f"pair-ls: {len(missing)} files of the room are gone from your folder: {some(missing.values())}."
                " Shall they be deleted for everyone, or restored here?"
            )
            answer = await self._folder.host.ask(message, (RESTORE, DELETE))
        for document_id, path in missing.items():
            if answer == DELETE:
                await self._delete_one(document_id, path)
            else:
                await self._restore(document_id)

    async def _delete_one(self, document_id: DocumentId, path: str) -> None:
        folder = self._folder
        await folder.on_disk(self._back_up_base, document_id, path)
        await folder.link.request("deleteDocument", {"documentId": document_id})
        await folder.on_disk(folder.records.forget, document_id)

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
        answer = await folder.link.request("openDocuments", {"documents": wanted}, timeout_seconds=60.0)
        opened = [(_opened(document), file) for document, file in zip(answer["documents"], files.values(), strict=True)]
        async with asyncio.TaskGroup() as seeds:
            for ((document_id, seed), file), path in zip(opened, files, strict=True):
                self._new_here.add(document_id)
                if seed and file.text and len(file.text) <= SEED_CHARACTERS:
                    seeds.create_task(self.seed(document_id, path, file.text))
                else:
                    folder.attend_to([document_id])

    async def seed(self, document_id: DocumentId, path: str, text: str) -> None:
        """If somebody else was first, the texts meet as any others do."""
        params = {"documentId": document_id, "text": text}
        try:
            answer = await self._folder.link.request("seedDocument", params, timeout_seconds=60.0)
        except (PairError, TimeoutError):
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
        folder = self._folder
        gone = {i: record for i in self._gone if i not in folder.entries and (record := folder.records.get(i))}
        self._gone.clear()
        if len(gone) > MANY and len(gone) * 2 > len(folder.records):
            message = (
                f"pair-ls: {len(gone)} files were deleted from the room: {some(r.path for r in gone.values())}."
                " Delete them from your folder too?"
            )
            if await folder.host.ask(message, (KEEP, DELETE_HERE)) != DELETE_HERE:
                for document_id in gone:
                    await folder.on_disk(folder.records.forget, document_id)
                return
        for document_id, record in gone.items():
            await self.deleted_in_room(document_id, record)

    async def deleted_in_room(self, document_id: DocumentId, record: Record) -> None:
        """Somebody deleted it: so is the file, after a backup, unless there is work in it that the room never saw."""
        folder = self._folder
        if folder.host.is_open(document_id, record.path):
            await folder.on_disk(folder.records.forget, document_id)
            folder.host.deleted_open(document_id, record.path)
            return
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
        records.forget(document_id)
        try:
            file = files.read(record.path)
        except (PathRefused, TextRefused, OSError):
            return True
        if file is None:
            return False
        if digest_of(file.text) != record.digest:
            return True
        if file.data:
            records.back_up(record.path, file.data)
        files.remove(record.path)
        return False

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


# The hub's answer is JSON, hence Any.
def _opened(document: Any) -> tuple[DocumentId, bool]:
    match document:
        case {"documentId": str(document_id), "seed": bool(seed)} if is_document_id(document_id):
            return DocumentId(document_id), seed
    raise PairError("The hub answered openDocuments as no version that is known.", code="bad-answer")
