"""Which documents of this editor must stay on the machine: ignore files of its folders, and those above other files."""

import asyncio
from pathlib import Path

from pair_ls.completion.exclusions import Exclusions
from pair_ls.language_server.client import path_of
from pair_ls.language_server.learning import read_ignore_files, read_ignore_files_above

BEING_READ = "the folder's ignore files are still being read"


class DocumentExclusions:
    """Asked with every request; reads only when it is told to, in a thread."""

    def __init__(self) -> None:
        self._folders: tuple[Path, ...] = ()
        self._below: dict[Path, Exclusions] = {}  # by folder of the editor
        self._above: dict[Path, Exclusions] = {}  # by the folder of a file that is in none of these

    def begin(self, folders: tuple[Path, ...]) -> None:
        """The folders that the editor has open."""
        self._folders = folders

    async def read(self, root: Path) -> Exclusions:
        """Of a folder of the editor."""
        found = self._below[root] = await asyncio.to_thread(read_ignore_files, root)
        return found

    async def read_above(self, folder: Path) -> None:
        """Of a folder that the editor has not open: where a single file is edited, or one that was added later."""
        self._above[folder] = await asyncio.to_thread(read_ignore_files_above, folder)

    def changed(self, path: Path) -> list[Path]:
        """The folders of the editor that must be read again when a document was saved."""
        if path.name not in (".aiignore", ".gitignore"):
            return []
        self._above.clear()
        return [root for root in self._folders if path.is_relative_to(root)]

    def root_of(self, path: Path) -> Path | None:
        """The folder of the editor that it is in."""
        return next((root for root in self._folders if path.is_relative_to(root)), None)

    def is_known(self, path: Path) -> bool:
        """Whether its ignore files have been read."""
        root = self.root_of(path)
        return path.parent in self._above if root is None else root in self._below

    def reason(self, uri: str, text: str) -> str:
        """Why nothing of this document may leave the machine; "" if it may."""
        path = path_of(uri)
        if path is None:
            return "not a file"
        root = self.root_of(path)
        if root is None:
            exclusions, root = self._above.get(path.parent), Path(path.anchor)
        else:
            exclusions = self._below.get(root)
        if exclusions is None:
            return BEING_READ
        return exclusions.reason(path.relative_to(root).as_posix(), text)

    def name_of(self, path: Path) -> str:
        """As an endpoint is told: nothing of what is above the folder."""
        root = self.root_of(path)
        return path.name if root is None else path.relative_to(root).as_posix()
