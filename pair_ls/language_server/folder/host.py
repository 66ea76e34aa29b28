"""What a shared folder needs from whoever runs it: the workspace of an editor, or a command of the terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pair_ls.crdt.shared_text import SharedText
from pair_ls.editor.join_policy import OnConflict
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from pair_ls.text import Delta


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """How a folder takes part. `allowed` are patterns of paths that may be written though they make machines run
    things.
    """

    shares_all: bool = False  # files that come into being here are shared, not only those that an editor opens
    on_conflict: OnConflict = OnConflict.ASK
    allowed: tuple[str, ...] = ()
    max_bytes: int = 10_000_000
    watches: bool = True


class FolderHost(Protocol):
    """Called in the event loop. Only `ask` and `rename_open` wait."""

    def is_open(self, document_id: DocumentId, path: str) -> bool:
        """Whether an editor has it open: then the file is the editor's, and changes go through it alone."""
        ...

    def is_open_at(self, path: str) -> bool:
        """Whether an editor has a file open under this path, whatever the room calls it."""
        ...

    def open_text(self, document_id: DocumentId) -> str | None:
        """What the editor shows, None if it is not bound."""
        ...

    def change_open(self, document_id: DocumentId, edits: Delta) -> None:
        """Change the shared text of an open document for the user, in the editor too."""
        ...

    def chosen(self, document_ids: Iterable[DocumentId]) -> None:
        """The person has chosen what to do with differing texts."""
        ...

    def deleted_open(self, document_id: DocumentId, path: str) -> None:
        """Somebody deleted a document that is open here."""
        ...

    async def rename_open(self, old_path: str, new_path: str) -> bool:
        """Let the editor rename an open file; whether it did."""
        ...

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """Let the person choose; None if nobody answers."""
        ...

    def warn(self, message: str) -> None:
        """One sentence for the person."""
        ...

    def show_progress(self, done: int, total: int) -> None:
        """How many files of a large share or join are done; equal numbers end it."""
        ...

    def folder_changed(self) -> None:
        """The status is another one."""
        ...

    def stop(self) -> None:
        """The room is left: no open question acts on it any more."""
        ...


class FolderLink(Protocol):
    """The room, as much of it as a folder uses (RoomLink)."""

    @property
    def replica(self) -> Replica:
        """To read."""
        ...

    def open(self, document_id: DocumentId) -> None:
        """Bring the text here; DocumentSynced follows."""
        ...

    def rest(self, document_id: DocumentId) -> None:
        """The text is not needed for now; DocumentTouched says when there is news."""
        ...

    def forget(self, document_id: DocumentId) -> None:
        """It was deleted from the room: nothing of it waits for the hub any more."""
        ...

    def edit(self, document_id: DocumentId, edits: Delta) -> None:
        """Our own change."""
        ...

    def shared_text(self, document_id: DocumentId) -> SharedText | None:
        """To read."""
        ...

    # Parameters and answer are JSON, hence Any.
    def tell(self, method: str, params: dict[str, Any]) -> None:
        """A request whose answer is of no interest, sent at once."""
        ...

    async def request(self, method: str, params: dict[str, Any], *, timeout_seconds: float = ...) -> Any:
        """Ask the hub."""
        ...
