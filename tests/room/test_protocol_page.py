"""docs/protocol.md is what strangers write clients from: its examples and tables must be true."""

import hashlib
import re
from pathlib import Path

from pair_ls.crdt.awareness import AwarenessEntry, encode_awareness
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.update_guard import EMPTY_UPDATE
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.room.messages import (
    Acknowledged,
    AwarenessUpdate,
    ContentHash,
    Notice,
    PermissionDenied,
    QueryAwareness,
    Request,
    Reset,
    Response,
    SyncStep1,
    SyncStep2,
    Update,
    decode_frame,
    encode_frame,
)
from pair_ls.text import Edit

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_frames_on_the_page_are_the_frames_on_the_wire() -> None:
    shared = SharedText(ClientId(1234567))
    typed = shared.edit((Edit(0, 0, "é😀"),))
    state_vector = shared.document.state_vector()
    awareness = encode_awareness((AwarenessEntry(1234567, 1, {"user": {"name": "Ann"}}),))
    expected = [
        encode_frame(INDEX if isinstance(message, Notice | Request | Response) else MAIN, message)
        for message in (
            SyncStep1(b"\x00"),
            SyncStep1(state_vector),
            SyncStep2(EMPTY_UPDATE),
            SyncStep2(typed),
            Update(typed),
            AwarenessUpdate(awareness),
            PermissionDenied("read only"),
            QueryAwareness(),
            Acknowledged(3),
            Acknowledged(300),
            Notice("a", "b"),
            Request(1, "openDocument", {"path": "main.py", "language": "python"}),
            Response(1, {"documentId": "main", "path": "main.py", "seed": True}),
            Response(1, error=("a", "b")),
            ContentHash(state_vector, hashlib.sha256("é😀".encode()).digest()),
            Reset(),
        )
    ]
    block = re.search(r"```frames\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    shown = [bytes.fromhex(line.split("  ")[0]) for line in block[1].splitlines()]
    assert [frame.hex(" ") for frame in shown] == [frame.hex(" ") for frame in expected]
    for frame in shown:
        assert encode_frame(*decode_frame(frame)) == frame


def test_every_close_code_is_on_the_page() -> None:
    table = PAGE[PAGE.index("## Close codes") : PAGE.index("## Simple clients")]
    assert sorted(int(code) for code in re.findall(r"^\| (\d{4}) ", table, re.MULTILINE)) == sorted(CloseCode)
