"""A participant that types marks and takes some back, and knows at any moment which of it the hub has acknowledged.

Every edit is one mark that nobody else ever types, or the removal of one: so a text tells exactly what is in it. What
counts as acknowledged is what `Replica` counts, which is what an editor shows as saved.
"""

import asyncio
import contextlib
import random
import secrets
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from pair_ls.crdt.schema import ClientId
from pair_ls.room import effects as told
from pair_ls.room.effects import ReplicaEffect
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from pair_ls.text import Edit
from tests.support.hub_process import HubProcess

MARK_END = "😀⟩"
_REMOVED_SHARE = 0.08
_CONNECT_SECONDS = 5.0


def new_client_id() -> ClientId:
    return ClientId(secrets.randbits(32))


@dataclass
class Sheet:
    """What one typist did in one document. `marks[i]` is (mark, typed or removed), edit number i."""

    document_id: DocumentId
    marks: list[tuple[str, bool]] = field(default_factory=list)
    acknowledged: int = 0

    def expected(self) -> tuple[set[str], set[str], set[str]]:
        """Marks that must be in the store once, that must not be, and that may be either way."""
        there, gone = set[str](), set[str]()
        for mark, is_typed in self.marks[: self.acknowledged]:
            (there if is_typed else gone).add(mark)
        open_marks = {mark for mark, _ in self.marks[self.acknowledged :]}
        return there - gone - open_marks, gone, open_marks - gone


class Typist:
    """Connects again and again while `is_awake`; types while `is_typing`."""

    def __init__(self, hub: HubProcess, room_id: str, number: int, dice: random.Random, *, pause: float = 0.02) -> None:
        self.hub = hub
        self.room_id = room_id
        self.number = number
        self.dice = dice
        self.pause = pause
        self.replica = Replica(new_client_id=new_client_id)
        self.sheets: dict[DocumentId, Sheet] = {}
        self.is_awake = True
        self.is_typing = True
        self.resets: list[str] = []
        self.refusals: list[str] = []
        self.latencies: list[float] = []
        self._typed = 0
        self._sent_at: list[float] = []
        self._participant = secrets.token_urlsafe(16)
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # ---- life ----

    def start(self, paths: list[str]) -> None:
        """Begin; the documents at `paths` are opened, and made by whoever comes first."""
        for path in paths:
            self.replica.open_path(path, "python", "", time.monotonic())
        self._tasks = [asyncio.create_task(self._stay_connected()), asyncio.create_task(self._type())]

    async def stop(self) -> None:
        """For good."""
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def freeze(self) -> None:
        """No edit, no new connection; all that the hub has said until its end is heard."""
        self.is_awake = False
        if self._socket is not None:
            await self._socket.close()
        while self._socket is not None:
            await asyncio.sleep(0.005)

    def thaw(self) -> None:
        """Go on."""
        self.is_awake = True

    # ---- what it knows ----

    @property
    def made(self) -> int:
        """Edits so far."""
        return sum(len(sheet.marks) for sheet in self.sheets.values())

    @property
    def acknowledged(self) -> int:
        """Of these, known to be durable."""
        return sum(sheet.acknowledged for sheet in self.sheets.values())

    @property
    def unacknowledged(self) -> int:
        """As an editor shows it."""
        return self.replica.unacknowledged()

    def text(self, document_id: DocumentId) -> str:
        shared = self.replica.shared_text(document_id)
        return "" if shared is None else shared.text

    # ---- its work ----

    async def _stay_connected(self) -> None:
        while True:
            if self.is_awake:
                with contextlib.suppress(OSError, TimeoutError, InvalidHandshake, EOFError):
                    await self._connection()
            await asyncio.sleep(self.dice.uniform(0.02, 0.08))

    async def _connection(self) -> None:
        url = f"{self.hub.websocket_url}/ws/{self.room_id}?participant={self._participant}&name=typist{self.number}"
        socket = await connect(
            url,
            subprotocols=[Subprotocol("pair-ls.1")],
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=_CONNECT_SECONDS,
            close_timeout=1,
        )
        self._socket = socket
        try:
            await self._carry_out(self.replica.connected(time.monotonic()))
            with contextlib.suppress(WebSocketException):
                async for message in socket:
                    assert isinstance(message, bytes)
                    await self._carry_out(self.replica.receive(message, time.monotonic()))
                    if self.replica.wake_at <= time.monotonic():
                        await self._carry_out(self.replica.tick(time.monotonic()))
        finally:
            self.replica.disconnected(time.monotonic())
            self._socket = None

    async def _type(self) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(0, 2 * self.pause))
            if self.is_awake and self.is_typing and self.sheets:
                await self._edit(self.dice.choice(list(self.sheets.values())))

    async def _edit(self, sheet: Sheet) -> None:
        shared = self.replica.shared_text(sheet.document_id)
        if shared is None or not self.replica.is_synced(sheet.document_id):
            return
        text = shared.text
        edit = self._removal(sheet, text) if self.dice.random() < _REMOVED_SHARE else None
        if edit is None:
            mark = f"⟨{self.number}.{self._typed}{MARK_END}"
            self._typed += 1
            at = self._place(text)
            edit = Edit(at, at, mark)
            sheet.marks.append((mark, True))
        # The acknowledgement is counted by edits: the replica's number must be ours before any await.
        effects = self.replica.edit(sheet.document_id, [edit], time.monotonic())
        await self._carry_out(effects)

    def _place(self, text: str) -> int:
        """Between two marks: mostly near a place chosen by dice, often the end."""
        if self.dice.random() < 0.4:
            return len(text)
        found = text.find(MARK_END, self.dice.randint(0, len(text)))
        return 0 if found < 0 else found + len(MARK_END)

    def _removal(self, sheet: Sheet, text: str) -> Edit | None:
        """One of the own marks that is still there."""
        typed = [mark for mark, is_typed in sheet.marks[-50:] if is_typed]
        if not typed:
            return None
        mark = self.dice.choice(typed)
        at = text.find(mark)
        if at < 0:
            return None
        sheet.marks.append((mark, False))
        return Edit(at, at + len(mark), "")

    async def _carry_out(self, effects: list[ReplicaEffect]) -> None:
        for effect in effects:
            match effect:
                case told.SendFrame(data):
                    await self._send(data)
                case told.DocumentOpened(document_id):
                    self.sheets.setdefault(document_id, Sheet(document_id))
                case told.Acknowledged():
                    for sheet in self.sheets.values():
                        open_edits = self.replica.unacknowledged(sheet.document_id)
                        sheet.acknowledged = max(sheet.acknowledged, len(sheet.marks) - open_edits)
                case told.ResetDocument(document_id):
                    self.resets.append(document_id)
                    self.sheets[document_id] = Sheet(document_id)
                case told.NoticeReceived(code):
                    self.refusals.append(code)
                case told.Disconnect(reason):
                    self.refusals.append(reason)
                    if self._socket is not None:
                        await self._socket.close()
                case _:
                    pass

    async def _send(self, data: bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(WebSocketException):
                await self._socket.send(data)
