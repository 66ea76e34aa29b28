"""The room as one language server sees it: a replica, and the connection that feeds it and sends what it says."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.crdt.shared_text import SharedText
from pair_ls.editor.document_path import document_path, uri_of
from pair_ls.errors import PairError, PathRefused
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.client import path_of
from pair_ls.language_server.hub_connection import HubConnection
from pair_ls.language_server.joined_folder import JoinedFolder
from pair_ls.room.effects import Disconnect, ReplicaEffect, RequestAnswered, SendFrame
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from pair_ls.text import Edit

log = logging.getLogger(__name__)


class RoomListener(Protocol):
    """Who hears what happens in the room; called in the event loop, must not wait."""

    def room_effect(self, effect: ReplicaEffect) -> None:
        """The replica changed; all effects but those that `RoomLink` carries out itself."""
        ...

    def room_connected(self) -> None:
        """The hub is there (again)."""
        ...

    def room_lost(self) -> None:
        """The hub is not there; it is tried again."""
        ...

    def room_refused(self, error: PairError) -> None:
        """The hub said no; it is not tried again."""
        ...


class RoomLink:
    """Starts with `start`, ends with `stop`. All methods between change state at once and send in the background."""

    def __init__(
        self, folder: JoinedFolder, replica: Replica, listener: RoomListener, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.folder = folder
        self.replica = replica
        self._listener = listener
        self._loop = loop
        self._connection = HubConnection(folder.address, self)
        self._alarm = Alarm(loop, self._tick)
        self._answers: dict[int, asyncio.Future[Any]] = {}

    @property
    def may_edit(self) -> bool:
        """Whether the hub takes our changes, as far as it has told."""
        return self.replica.role is None or self.replica.role.may_edit

    def start(self) -> None:
        """Connect."""
        self._connection.start()

    async def stop(self) -> None:
        """Send what waits, then disconnect for good."""
        self._alarm.stop()
        await self._connection.stop()

    def open_path(self, path: str, language: str, text: str) -> None:
        """Find or create the document at this path; `text` seeds it if it never had content."""
        self._carry_out(self.replica.open_path(path, language, text, self._loop.time()))

    def open(self, document_id: DocumentId) -> None:
        """Bring a document of the index here."""
        self._carry_out(self.replica.open(document_id, self._loop.time()))

    def rest(self, document_id: DocumentId) -> None:
        """The text is not needed for now; DocumentTouched tells when there is news."""
        self._carry_out(self.replica.rest(document_id, self._loop.time()))

    def close(self, document_id: DocumentId) -> None:
        """The document is no longer open here."""
        self._carry_out(self.replica.close(document_id, self._loop.time()))

    def forget(self, document_id: DocumentId) -> None:
        """It was deleted from the room."""
        self.replica.forget(document_id)

    def edit(self, document_id: DocumentId, edits: Sequence[Edit]) -> None:
        """Our own change."""
        self._carry_out(self.replica.edit(document_id, edits, self._loop.time()))

    def undo(self, document_id: DocumentId) -> None:
        """Take back our own last change, whatever others did meanwhile."""
        self._carry_out(self.replica.undo(document_id, self._loop.time()))

    def redo(self, document_id: DocumentId) -> None:
        """Take back the last undo."""
        self._carry_out(self.replica.redo(document_id, self._loop.time()))

    def set_awareness(self, document_id: DocumentId, state: dict[str, Any] | None) -> None:
        """Tell the others where we are."""
        self._carry_out(self.replica.set_awareness(document_id, state, self._loop.time()))

    def entries(self) -> dict[DocumentId, DocumentEntry]:
        """The room's documents, as far as they are known."""
        return self.replica.entries()

    def shared_text(self, document_id: DocumentId) -> SharedText | None:
        """To read, never to edit."""
        return self.replica.shared_text(document_id)

    def text(self, document_id: DocumentId) -> str:
        """The room's text of a document that was synced."""
        shared = self.replica.shared_text(document_id)
        assert shared is not None, "a synced document has a text"
        return shared.text

    def path_in_room(self, uri: str) -> str | None:
        """The path in the room of a file in the joined folder, None if it is not in there. Raises PathRefused."""
        path = path_of(uri)
        if path is None or not path.is_relative_to(self.folder.path):
            return None
        return document_path(uri, self.folder.path)

    def uri_of_path(self, path: str) -> str | None:
        """The uri of a file of the room in the joined folder, None if it may not be one."""
        try:
            return uri_of(self.folder.path, path)
        except PathRefused:
            return None

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """A request whose answer is of no interest, sent before whatever is sent next."""
        self._carry_out(self.replica.request(method, params, self._loop.time())[1])

    async def request(self, method: str, params: dict[str, Any], *, timeout_seconds: float = 10.0) -> Any:
        """Ask the hub; its answer is JSON. Raises PairError with the hub's words, or TimeoutError."""
        request_id, effects = self.replica.request(method, params, self._loop.time())
        answer = self._answers[request_id] = self._loop.create_future()
        self._carry_out(effects)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await answer
        finally:
            self._answers.pop(request_id, None)

    # HubListener

    def hub_connected(self) -> None:
        """Exchange state vectors: joining, coming back and catching up are this one exchange."""
        self._listener.room_connected()
        self._carry_out(self.replica.connected(self._loop.time()))

    def hub_frame(self, frame: bytes) -> None:
        """A message of the room."""
        self._carry_out(self.replica.receive(frame, self._loop.time()))

    def hub_lost(self, *, was_connected: bool) -> None:
        """Go on alone."""
        if was_connected:
            self._carry_out(self.replica.disconnected(self._loop.time()))
        self._listener.room_lost()

    def hub_refused(self, error: PairError) -> None:
        """Stay alone."""
        self._carry_out(self.replica.disconnected(self._loop.time()))
        self._listener.room_refused(error)

    def _tick(self) -> None:
        self._carry_out(self.replica.tick(self._loop.time()))

    def _carry_out(self, effects: Sequence[ReplicaEffect]) -> None:
        for effect in effects:
            match effect:
                case SendFrame(data):
                    self._connection.send(data)
                case RequestAnswered():
                    self._answer(effect)
                case Disconnect(reason):
                    log.warning("connecting anew: %s", reason)
                    self._connection.reconnect()
                case _:
                    self._listener.room_effect(effect)
        self._alarm.set(self.replica.wake_at)

    def _answer(self, effect: RequestAnswered) -> None:
        answer = self._answers.get(effect.request_id)
        if answer is None or answer.done():
            return
        if effect.error is None:
            answer.set_result(effect.result)
        else:
            code, message = effect.error
            answer.set_exception(PairError(message, code=code))
