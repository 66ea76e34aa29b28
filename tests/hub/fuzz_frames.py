"""Hostile websocket bytes of every kind into the sockets of a hub in this process: frames, messages, updates, JSON.

    python -m tests.hub.fuzz_frames --inputs 1000000 [--seed 1]

Promised: nothing but a close with a code; no exception, no hang; who listens in the same room ends with the hub's text,
and another room is not touched. (Native code dies with the process, and so would this.)
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pair_ls.crdt.awareness import Awareness
from pair_ls.crdt.shared_text import SharedText
from pair_ls.hub.live_room import LiveRoom
from pair_ls.room import messages
from pair_ls.room.ids import INDEX, MAIN, DocumentId
from pair_ls.room.messages import Message, decode_frame, encode, encode_frame
from pair_ls.text import Edit
from tests.hub.clients import client_id
from tests.hub.test_rights_matrix import CALLERS, Socket, Visit, opened
from tests.hub.wire import BINARY, TEXT, frame

EDITOR = next(who for who in CALLERS if who.name == "editor")
LONGEST_SECONDS = 2.0
INPUTS_PER_ROOM = 2000
METHODS = ("openDocument", "openDocuments", "seedDocument", "renameDocument", "deleteDocument", "participants", "x")
VALUES: tuple[Any, ...] = (
    "main.py",
    "main",
    "../x",
    "é😀",
    "",
    -1,
    2**70,
    1.5,
    None,
    True,
    [],
    {},
    [{}],
    {"path": "a"},
    "x" * 999,
)


class Hostile:
    """Makes inputs: good ones, and what mutation makes of them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.text = SharedText(client_id())
        self.pair = True
        self.makers: tuple[Callable[[], tuple[int, bytes]], ...] = (self.message, self.message, self.json, self.noise)

    def input(self) -> bytes:
        kind, payload = self.dice.choice(self.makers)()
        whole = frame(kind, self.mutated(payload))
        return self.mutated(whole) if self.dice.random() < 0.2 else whole

    def message(self) -> tuple[int, bytes]:
        document_id = self.dice.choice((MAIN, MAIN, MAIN, INDEX, DocumentId("x"), DocumentId("é")))
        made = self.made()
        return BINARY, encode_frame(document_id, made) if self.pair is (self.dice.random() < 0.97) else encode(made)

    def made(self) -> Message:
        dice = self.dice
        match dice.randrange(8):
            case 0:
                return messages.SyncStep1(dice.choice((b"\0", self.text.document.state_vector(), dice.randbytes(9))))
            case 1:
                return messages.SyncStep2(self.text.document.update_since())
            case 2 | 3:
                at = dice.randrange(len(self.text.text) + 1)
                end = min(len(self.text.text), at + dice.randrange(3))
                return messages.Update(self.text.edit([Edit(at, end, dice.choice("aé😀\n"))]))
            case 4:
                mark = dice.choice(VALUES)
                return messages.AwarenessUpdate(Awareness(client_id()).set_local({"user": {"name": mark}}, 0.0))
            case 5:
                params = {name: dice.choice(VALUES) for name in ("path", "language", "documentId", "text", "documents")}
                return messages.Request(dice.randrange(9), dice.choice(METHODS), params)
            case 6:
                return messages.ContentHash(self.text.document.state_vector(), dice.randbytes(32))
            case _:
                return messages.QueryAwareness()

    def json(self) -> tuple[int, bytes]:
        dice = self.dice
        kind = dice.choice(("join_room", "code_update", "cursor_update", "leave_room", "x", dice.choice(VALUES)))
        data = {name: dice.choice(VALUES) for name in ("code", "cursorPosition", "version", "name", "language")}
        said = {"type": kind, "roomId": dice.choice(VALUES), "userId": dice.choice(VALUES), "data": data}
        return TEXT, json.dumps(said).encode()

    def noise(self) -> tuple[int, bytes]:
        return self.dice.randrange(16), self.dice.randbytes(self.dice.randrange(40))

    def mutated(self, data: bytes) -> bytes:
        """Left as it is in three of ten cases."""
        dice = self.dice
        changed = bytearray(data)
        for _ in range(dice.choice((0, 0, 0, 1, 1, 1, 2, 3, 5, 9))):
            at = dice.randrange(len(changed) + 1)
            match dice.randrange(4):
                case 0:
                    changed[at : at + 1] = dice.randbytes(1)
                case 1:
                    changed[at:at] = dice.randbytes(dice.randrange(4))
                case 2:
                    del changed[at : at + dice.randrange(4)]
                case _:
                    changed[at : at + 1] = bytes((dice.choice((0, 1, 0x7F, 0x80, 0xFF)),))
        return bytes(changed)


async def fuzz(inputs: int, seed: int) -> Counter[str]:
    """What became of the inputs. Raises AssertionError where a promise is broken."""
    dice = random.Random(seed)
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as house:
            faults: list[object] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
            other = await house.room(EDITOR, changed=False)
            await other.live.load(MAIN)
            while inputs > 0:
                visit = await house.room(EDITOR, changed=False)
                count = min(inputs, INPUTS_PER_ROOM)
                await one_room(visit, Hostile(dice), count, told)
                assert not faults, faults
                assert not visit.live.is_broken
                assert other.live.room.text(MAIN) == "text"
                inputs -= count
                house.hub.rooms._awake.pop(visit.live.room_id, None)
    return told


async def one_room(visit: Visit, hostile: Hostile, count: int, told: Counter[str]) -> None:
    """So many inputs, through as many connections as it takes."""
    live = visit.live
    await live.load(INDEX)
    await live.load(MAIN)
    listener = Socket(visit, visit.owner, "the-secret-of-the-listener", pair=True)
    listener.say(MAIN, messages.SyncStep1(b"\0"))
    peer: Socket | None = None
    for _ in range(count):
        if peer is None:
            peer = Socket(visit, visit.token, visit.secret, pair=hostile.dice.random() < 0.5)
            hostile.text, hostile.pair = SharedText(client_id()), peer.pair
        data = hostile.input()
        started = time.perf_counter()
        peer.socket.data_received(data)
        took = time.perf_counter() - started
        assert took < LONGEST_SECONDS, (took, data.hex())
        told["inputs"] += 1
        if hostile.dice.random() < 0.05:
            await asyncio.sleep(0)
        code = peer.close_code() if len(peer.received) < 200_000 else -1
        if code is not None or peer.is_over or hostile.dice.random() < 0.01:
            told["not closed" if code in (None, -1) else f"closed with {code or 'an echo of its own close'}"] += 1
            peer.socket.connection_lost(None)
            peer = None
    if peer is not None:
        peer.socket.connection_lost(None)
    await visit.house.hub.commits.flush()
    assert listener.close_code() is None, "who does nothing is let alone"
    assert_same(live, listener)
    listener.socket.connection_lost(None)


def assert_same(live: LiveRoom, listener: Socket) -> None:
    """The listener was told all that the hub has; of a document that is still there."""
    if MAIN not in live.room.documents() or not live.room.is_loaded(MAIN):
        return
    replica = SharedText(client_id())
    for kind, payload in listener.heard():
        if kind == BINARY:
            document_id, message = decode_frame(payload)
            if document_id == MAIN and isinstance(message, messages.SyncStep2 | messages.Update):
                replica.merge(message.update)
    assert replica.text == live.room.text(MAIN)


def main() -> int:
    """Exit code 0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub.fuzz_frames", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    chosen = parser.parse_args()
    sys.stdout.write(f"seed {chosen.seed}\n")
    started = time.monotonic()
    for what, count in sorted(asyncio.run(fuzz(chosen.inputs, chosen.seed)).items()):
        sys.stdout.write(f"{count:9} {what}\n")
    sys.stdout.write(f"{time.monotonic() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
