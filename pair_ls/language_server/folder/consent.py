"""Asks whether many files may be deleted. The worker does not wait for the answer: it is woken when that is there."""

import asyncio
from collections.abc import Callable, Iterable

from pair_ls.language_server.folder.host import FolderHost
from pair_ls.room.ids import DocumentId


class Consent:
    """Of one folder, for deletions in one direction."""

    def __init__(self, host: FolderHost, answered: Callable[[], None]) -> None:
        self._host = host
        self._answered = answered
        self._waiting: set[DocumentId] = set()
        self._given: set[DocumentId] = set()
        self._refused: set[DocumentId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_asking(self) -> bool:
        """Whether a question is before the person."""
        return bool(self._waiting)

    def is_waiting(self, document_id: DocumentId) -> bool:
        """Whether the person has not answered yet."""
        return document_id in self._waiting

    def is_given(self, document_id: DocumentId) -> bool:
        """Whether the person said yes."""
        return document_id in self._given

    def used(self, document_id: DocumentId) -> None:
        """It is done; another time is another question."""
        self._given.discard(document_id)

    def take_refused(self) -> set[DocumentId]:
        """Those that the person wants to keep, told once."""
        refused, self._refused = self._refused, set()
        return refused

    def ask(self, document_ids: Iterable[DocumentId], message: str, *, no: str, yes: str) -> None:
        """No answer counts as no."""
        ids = set(document_ids)
        self._waiting |= ids
        task = asyncio.get_running_loop().create_task(self._ask(ids, message, no, yes), name="question about deletions")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Ask nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _ask(self, ids: set[DocumentId], message: str, no: str, yes: str) -> None:
        answer = await self._host.ask(message, (no, yes))
        self._waiting -= ids
        if answer == yes:
            self._given |= ids
        else:
            self._refused |= ids
        self._answered()
