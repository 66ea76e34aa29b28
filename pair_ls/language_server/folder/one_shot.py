"""Bringing a folder and its room in step once, without an editor: `pair-ls share DIR --all` and `pair-ls join`."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pair_ls.crdt.schema import ClientId
from pair_ls.errors import HubUnreachable, PairError
from pair_ls.language_server.folder.host import FolderOptions
from pair_ls.language_server.folder.shared_folder import SharedFolder
from pair_ls.language_server.joined_folder import JoinedFolder
from pair_ls.language_server.room_link import RoomLink
from pair_ls.room.effects import ReplicaEffect
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from pair_ls.text import Delta

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 10.0
"""A hub that does not answer for so long is not waited for."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """How a command talks to its person: `ask` is None where nobody can be asked."""

    say: Callable[[str], None]
    progress: Callable[[int, int], None]
    ask: Callable[[str, Sequence[str]], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`documents` are in step; `waiting` are not: path -> why."""

    documents: int
    waiting: dict[str, str]
    is_busy: bool = False  # another process, an editor's, keeps this folder in step already


class OneShot:
    """The host of a folder that no editor has open, and who hears its room."""

    def __init__(self, folder: JoinedFolder, options: FolderOptions, terminal: Terminal) -> None:
        self._terminal = terminal
        self._problem: PairError | None = None
        self._is_connected = False
        replica = Replica(new_client_id=lambda: ClientId(secrets.randbits(32)))
        self._link = RoomLink(folder, replica, self, asyncio.get_running_loop())
        self._shared = SharedFolder(folder, self._link, self, options)

    async def run(self) -> Outcome:
        """Until all is in step that can be. Raises HubUnreachable, or what the hub said."""
        self._shared.start()
        self._link.start()
        try:
            await self._until_settled()
            return self._outcome()
        finally:
            await self._shared.stop()
            await self._link.stop()

    async def _until_settled(self) -> None:
        loop = asyncio.get_running_loop()
        quiet_since = lost_since = loop.time()
        while loop.time() - quiet_since < 3 * LOOK_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            if self._problem is not None:
                raise self._problem
            if self._is_connected:
                lost_since = loop.time()
            if loop.time() - lost_since > PATIENCE_SECONDS:
                raise HubUnreachable("The hub does not answer. What is missing comes when an editor is opened here.")
            if not self._shared.is_ours and loop.time() - quiet_since > 1.0:
                return
            if not self._shared.is_settled():
                quiet_since = loop.time() if self._shared.is_ours else quiet_since

    def _outcome(self) -> Outcome:
        waiting = self._shared.waiting()
        in_step = [e for e in self._shared.entries.values() if e.path not in waiting]
        return Outcome(len(in_step), waiting, is_busy=not self._shared.is_ours)

    # ---- RoomListener ----

    def room_effect(self, effect: ReplicaEffect) -> None:
        """Pass it on."""
        self._shared.room_effect(effect)

    def room_connected(self) -> None:
        """The hub is there."""
        self._is_connected = True
        self._shared.connected()

    def room_lost(self) -> None:
        """The hub is not there (any more)."""
        self._is_connected = False

    def room_refused(self, error: PairError) -> None:
        """The hub said no."""
        self._problem = error

    # ---- FolderHost: nothing is open ----

    def is_open(self, document_id: DocumentId, path: str) -> bool:
        """Never."""
        return False

    def is_open_at(self, path: str) -> bool:
        """Never."""
        return False

    def open_text(self, document_id: DocumentId) -> str | None:
        """Never."""
        return None

    def change_open(self, document_id: DocumentId, edits: Delta) -> None:
        """Never called."""

    def chosen(self, document_ids: Iterable[DocumentId]) -> None:
        """Nothing is open."""

    def deleted_open(self, document_id: DocumentId, path: str) -> None:
        """Never called."""

    async def rename_open(self, old_path: str, new_path: str) -> bool:
        """Never called."""
        return False

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """On the terminal, if there is one."""
        if self._terminal.ask is None:
            return None
        return await asyncio.to_thread(self._terminal.ask, message, choices)

    def warn(self, message: str) -> None:
        """On the terminal."""
        self._terminal.say(message)

    def show_progress(self, done: int, total: int) -> None:
        """On the terminal."""
        self._terminal.progress(done, total)

    def folder_changed(self) -> None:
        """The outcome says it in the end."""

    def stop(self) -> None:
        """Nothing is asked beside the run."""


def bring_in_step(folder: JoinedFolder, options: FolderOptions, terminal: Terminal) -> Outcome:
    """Run it in an event loop of its own."""

    async def run() -> Outcome:
        return await OneShot(folder, options, terminal).run()

    return asyncio.run(run())
