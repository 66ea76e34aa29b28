"""What a room holds, as the hub tells a newcomer: by our own protocol, and to a stock Yjs client."""

import secrets
import time

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from pair_ls.crdt.schema import ClientId
from pair_ls.room.effects import ReplicaEffect, SendFrame
from pair_ls.room.ids import DocumentId
from pair_ls.room.replica import Replica
from tests.support.hub_process import HubProcess
from tests.support.node import Node


class Newcomer:
    """Somebody who has never been in the room before, and is gone again when the question is answered."""

    def __init__(self, hub: HubProcess, room_id: str, token: str | None = None) -> None:
        self.hub = hub
        self.room_id = room_id
        self.token = token

    def text(self, path: str) -> str:
        """The text of the document at this path."""
        return self._read(path)[1]

    def text_for_stock_client(self, path: str, node: Node) -> str:
        """The same, for y-websocket in Node.js."""
        document_id, _ = self._read(path)
        place = f"{self.room_id}/{document_id}" + ("" if self.token is None else f"?token={self.token}")
        return str(node.json("yjs_text.mjs", f"{self.hub.websocket_url}/ws", place)["text"])

    def _read(self, path: str, *, seconds: float = 20) -> tuple[DocumentId, str]:
        replica = Replica(new_client_id=lambda: ClientId(secrets.randbits(32)))
        deadline = time.monotonic() + seconds
        with self._connect() as socket:

            def carry_out(effects: list[ReplicaEffect]) -> None:
                for effect in effects:
                    if isinstance(effect, SendFrame):
                        socket.send(effect.data)

            carry_out(replica.connected(time.monotonic()))
            opened: DocumentId | None = None
            while opened is None or not replica.is_synced(opened):
                frame = socket.recv(timeout=max(deadline - time.monotonic(), 0.01))
                assert isinstance(frame, bytes)
                carry_out(replica.receive(frame, time.monotonic()))
                found = [document_id for document_id, entry in replica.entries().items() if entry.path == path]
                if opened is None and found:
                    opened = found[0]
                    carry_out(replica.open(opened, time.monotonic()))
        shared = replica.shared_text(opened)
        assert shared is not None
        return opened, shared.text

    def _connect(self) -> ClientConnection:
        return connect(
            f"{self.hub.websocket_url}/ws/{self.room_id}?participant={secrets.token_hex(8)}&name=newcomer",
            subprotocols=[Subprotocol("pair-ls.1")],
            additional_headers={} if self.token is None else {"Authorization": f"Bearer {self.token}"},
            compression=None,
            max_size=None,
            proxy=None,
        )
