"""What a person is asked about a folder, and what they answered: differing files, and files that make machines run
things.

No answer is never a yes: what is not answered stays as it is on the disk, and the status says that it waits.
"""

import asyncio
import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pair_ls.editor.join_policy import OnConflict
from pair_ls.editor.safe_path import path_key
from pair_ls.language_server.folder.host import FolderHost
from pair_ls.language_server.joined_folder import FOLDER_NAME, write_atomically
from pair_ls.room.ids import DocumentId

GATHER_SECONDS = 0.3
"""Questions of the same kind that come up so closely are one question."""
ROOM, MINE, MERGE, ONE_BY_ONE = "Room's", "Mine", "Merge", "One by one"
ALLOW, REFUSE = "Write", "Refuse"
_SIDES = {ROOM: OnConflict.ROOM, MINE: OnConflict.MINE, MERGE: OnConflict.MERGE}


class Choices:
    """`changed` is called with the documents whose question was answered."""

    def __init__(
        self,
        folder: Path,
        host: FolderHost,
        *,
        on_conflict: OnConflict,
        allowed: Sequence[str],
        changed: Callable[[Sequence[DocumentId]], None],
    ) -> None:
        self._host = host
        self._on_conflict = on_conflict
        self._patterns = tuple(path_key(pattern) for pattern in allowed)
        self._changed = changed
        self._allowed_file = folder / FOLDER_NAME / "allowed"
        self._allowed = _lines(self._allowed_file)
        self._refused: set[str] = set()
        self._sides: dict[DocumentId, OnConflict] = {}
        self.conflicts: dict[DocumentId, str] = {}  # waiting for an answer: document -> path
        self.risky: dict[DocumentId, str] = {}
        self._unanswered: set[DocumentId] = set()
        self._task: asyncio.Task[None] | None = None

    def side(self, document_id: DocumentId) -> OnConflict:
        """What to do with this document where it differs."""
        return self._sides.get(document_id, self._on_conflict)

    def is_allowed(self, path: str) -> bool:
        """Whether a person has said yes to this path, now or before, or by a pattern of the command line."""
        return path in self._allowed or any(fnmatch.fnmatchcase(path_key(path), pattern) for pattern in self._patterns)

    def is_refused(self, path: str) -> bool:
        """Whether a person has said no."""
        return path in self._refused

    def ask_side(self, document_id: DocumentId, path: str) -> None:
        """The file differs from the room's text."""
        self.conflicts[document_id] = path
        if document_id not in self._unanswered:
            self._ask_soon()

    def ask_allowed(self, document_id: DocumentId, path: str) -> None:
        """The path makes machines run things."""
        self.risky[document_id] = path
        self._ask_soon()

    def forget(self, document_id: DocumentId) -> None:
        """Nothing is to be asked about it any more."""
        self.conflicts.pop(document_id, None)
        self.risky.pop(document_id, None)

    @property
    def is_asking(self) -> bool:
        """Whether a question is before the person now."""
        return self._task is not None

    def stop(self) -> None:
        """Ask nothing more."""
        if self._task is not None:
            self._task.cancel()

    def _ask_soon(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._ask(), name="questions about files")

    async def _ask(self) -> None:
        try:
            while True:
                await asyncio.sleep(GATHER_SECONDS)
                conflicts = {i: path for i, path in self.conflicts.items() if i not in self._unanswered}
                risky = dict(self.risky)
                if not conflicts and not risky:
                    return
                self._unanswered |= conflicts.keys()  # asked once; whoever does not answer is not asked again and again
                if conflicts:
                    await self._ask_sides(conflicts)
                if risky:
                    await self._ask_risky(risky)
        finally:
            self._task = None
            self._host.folder_changed()

    async def _ask_sides(self, conflicts: Mapping[DocumentId, str]) -> None:
        if len(conflicts) == 1:
            await self._ask_one_by_one(conflicts)
            return
        message = (
            f"pair-ls: {len(conflicts)} files differ between your folder and the room: {some(conflicts.values())}."
            " Which texts shall both have? What you had is kept in .pair-ls/backup."
        )
        answer = await self._host.ask(message, (ROOM, MINE, MERGE, ONE_BY_ONE))
        if answer == ONE_BY_ONE:
            await self._ask_one_by_one(conflicts)
        elif answer in _SIDES:
            self._choose(dict.fromkeys(conflicts, _SIDES[answer]))
        else:
            self._tell_waiting(conflicts)

    async def _ask_one_by_one(self, conflicts: Mapping[DocumentId, str]) -> None:
        for document_id, path in conflicts.items():
            message = (
                f"pair-ls: {path} differs between your folder and the room. Which text shall both have?"
                " What you had is kept in .pair-ls/backup."
            )
            answer = await self._host.ask(message, (ROOM, MINE, MERGE))
            if answer in _SIDES:
                self._choose({document_id: _SIDES[answer]})
            else:
                self._tell_waiting({document_id: path})

    def _choose(self, sides: Mapping[DocumentId, OnConflict]) -> None:
        self._sides.update(sides)
        for document_id in sides:
            self.conflicts.pop(document_id, None)
        self._changed(list(sides))

    def _tell_waiting(self, conflicts: Mapping[DocumentId, str]) -> None:
        self._host.warn(
            f"pair-ls: {some(conflicts.values())} differ from the room and stay as they are, not in step with it,"
            " until you"
            " choose: open them, or run `pair-ls join` again with --on-conflict room, mine or merge. [differs]"
        )

    async def _ask_risky(self, risky: Mapping[DocumentId, str]) -> None:
        message = (
            f"pair-ls: somebody in the room wants to write {some(risky.values())} in your folder. Such files make"
            " git, editors"
            " or build tools run programs. Write them?"
        )
        answer = await self._host.ask(message, (ALLOW, REFUSE))
        if answer == ALLOW:
            self._allowed |= set(risky.values())
            write_atomically(self._allowed_file, "".join(f"{path}\n" for path in sorted(self._allowed)).encode())
        else:
            self._refused |= set(risky.values())
        for document_id in risky:
            self.risky.pop(document_id, None)
        self._changed(list(risky))


def some(paths: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    named = sorted(paths)
    first = ", ".join(named[:5])
    return first if len(named) <= 5 else f"{first} and {len(named) - 5} more"


def _lines(file: Path) -> set[str]:
    try:
        return set(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return set()
