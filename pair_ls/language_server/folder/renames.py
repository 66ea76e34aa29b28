"""Documents that others renamed: their files follow, all together, so that none takes the place of another.

Where a -> b and b -> c come at once, b goes first; where a and b change places, one waits under a free name. A file is
never moved to where another document's file still lies.
"""

from typing import TYPE_CHECKING

from pair_ls.errors import PathRefused
from pair_ls.room.ids import DocumentId

if TYPE_CHECKING:
    from pair_ls.language_server.folder.shared_folder import SharedFolder


class Renames:
    """Belongs to one SharedFolder and works in its worker."""

    def __init__(self, folder: "SharedFolder") -> None:
        self._folder = folder
        self._by_editor: dict[DocumentId, float] = {}  # renamed by the editor here, until when to wait for it

    def editor_renames(self, document_id: DocumentId, until: float) -> None:
        """The editor will move the file itself."""
        self._by_editor[document_id] = until

    def editor_renamed(self) -> None:
        """It did."""
        self._folder.attend_to(self._by_editor)
        self._by_editor.clear()

    def is_elsewhere(self, document_id: DocumentId) -> bool:
        """Whether its file lies at another path than the index says."""
        entry, place = self._folder.entries.get(document_id), self._folder.records.place(document_id)
        return entry is not None and place is not None and place != entry.path

    async def follow(self) -> None:
        """Move every file that can be moved now."""
        waiting = {i: place for i, place in self._folder.records.places() if self.is_elsewhere(i)}
        waiting = {i: place for i, place in waiting.items() if await self._may_move(i, place)}
        while waiting:
            ready = [i for i in waiting if self._in_the_way(i) is None]
            for document_id in ready:
                if self._in_the_way(document_id) is None:
                    await self._move_guarded(document_id, waiting.pop(document_id), self._wanted(document_id))
            if ready:
                continue
            stuck = [i for i in waiting if self._in_the_way(i) not in waiting]
            for document_id in stuck:
                self._refuse_stuck(document_id, waiting.pop(document_id))
            if not stuck:
                await self._break_cycle(waiting)

    def _wanted(self, document_id: DocumentId) -> str:
        """Empty if it was deleted meanwhile."""
        entry = self._folder.entries.get(document_id)
        return "" if entry is None else entry.path

    def _in_the_way(self, document_id: DocumentId) -> DocumentId | None:
        owner = self._folder.records.owner(self._wanted(document_id))
        return None if owner == document_id else owner

    async def _may_move(self, document_id: DocumentId, place: str) -> bool:
        folder, path = self._folder, self._wanted(document_id)
        if self._by_editor.get(document_id, 0.0) > folder.now():
            folder.attend_in(document_id, self._by_editor[document_id] - folder.now())
            return False
        if folder.records.owner(place) != document_id:  # what lies there is another's: this one is written anew
            await folder.on_disk(folder.records.forget, document_id)
            folder.attend_to([document_id])
            return False
        try:
            folder.check(document_id, path)
        except PathRefused as error:
            folder.refuse(path, error.message)
            return False
        return folder.may_write(document_id, path)

    async def _move_guarded(self, document_id: DocumentId, old: str, new: str) -> None:
        try:
            if new:
                await self._move(document_id, old, new)
        except PathRefused as error:
            self._folder.refuse(new, error.message)
        except OSError as error:
            self._folder.refuse(new, f"{old} cannot be renamed to {new}: {error.strerror or type(error).__name__}.")

    async def _move(self, document_id: DocumentId, old: str, new: str) -> None:
        folder = self._folder
        if folder.host.is_open_at(old) and not await folder.host.rename_open(old, new):
            folder.refuse(new, f"{old} is called {new} in the room now; the file follows when you close it.")
            return
        await folder.on_disk(self._move_file, old, new)
        await folder.moved(document_id, new)
        folder.refused.pop(new, None)
        folder.attend_to_path(old)
        folder.attend_to([document_id])

    def _move_file(self, old: str, new: str) -> None:
        """Whatever of ours is at the new path is backed up. Nothing is at the old one if the editor has moved it."""
        files, records = self._folder.files, self._folder.records
        try:
            try:
                files.rename(old, new)
            except FileExistsError:
                occupant = files.read_bytes(new)
                if occupant is not None:
                    records.back_up(new, occupant)
                files.remove(new)
                files.rename(old, new)
        except FileNotFoundError:
            pass

    async def _break_cycle(self, waiting: dict[DocumentId, str]) -> None:
        """All that wait are in the way of each other: one that no editor has open steps aside."""
        cycle = self._cycle(next(iter(waiting)))
        aside = next((i for i in cycle if not self._folder.host.is_open_at(waiting[i])), None)
        if aside is None:
            for document_id in cycle:
                self._refuse_stuck(document_id, waiting.pop(document_id))
            return
        place = waiting.pop(aside)
        free = await self._folder.tree.free_path(place)
        await self._move_guarded(aside, place, free)
        if self._folder.records.place(aside) == free:
            waiting[aside] = free

    def _cycle(self, start: DocumentId) -> list[DocumentId]:
        seen = [start]
        while (following := self._in_the_way(seen[-1])) is not None and following not in seen:
            seen.append(following)
        return seen if following is None else seen[seen.index(following) :]

    def _refuse_stuck(self, document_id: DocumentId, place: str) -> None:
        path = self._wanted(document_id)
        self._folder.refuse(
            path, f"{place} is called {path} in the room now; the file follows when the one at {path} has moved."
        )
