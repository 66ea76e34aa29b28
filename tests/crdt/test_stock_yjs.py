"""What stock Yjs writes passes the guard and reads the same here; anchors are those that Yjs makes."""

from collections import Counter

import pytest

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_map import SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import PairError
from tests.support.node import Node

SEED = 20_251
SESSIONS = 240
ENOUGH = 15_000


@pytest.fixture
def stock() -> Node:
    return Node()


def test_fifteen_thousand_updates_written_by_yjs_are_all_taken(stock: Node) -> None:
    refused: Counter[str] = Counter()
    updates = 0
    for session in stock.json("yjs_sessions.mjs", str(SEED), str(SESSIONS)):
        kind = DocumentKind.TEXT if session["kind"] == "text" else DocumentKind.INDEX
        hub = SharedDocument(client_id=ClientId(1), kind=kind)
        for writer, data in session["log"]:
            updates += 1
            try:
                hub.apply(bytes.fromhex(data), author=f"p:{writer}")
            except PairError as error:
                refused[error.code] += 1
        whole = bytes.fromhex(session["whole"])
        assert not hub.check(whole, author="p:viewer").is_new, "all that Yjs holds is known, deletions included"
        if kind is DocumentKind.TEXT:
            newcomer = SharedText(ClientId(2))
            newcomer.merge(whole)
            assert newcomer.text == hub.text() == session["text"]
        else:
            index = SharedIndex(ClientId(2))
            index.merge(whole)
            assert {i: (e.path, e.language) for i, e in index.entries().items()} == {
                i: (e["path"], e["language"]) for i, e in session["entries"].items()
            }
            assert index.document.content_hash() == hub.content_hash()
        assert hub.checkpoint() is not None
    assert not refused, f"seed {SEED}"
    assert updates >= ENOUGH


def test_anchors_are_made_and_resolved_as_yjs_does(stock: Node) -> None:
    compared = 0
    for session in stock.json("yjs_anchors.mjs", str(SEED), "24"):
        shared = SharedText(ClientId(5))
        for step in session:
            if "update" in step:
                shared.merge(bytes.fromhex(step["update"]))
                continue
            assert shared.text == step["text"]
            for index, assoc, position in step["made"]:
                offset = shared.lines.offset_of_utf16(index)
                assert anchor_at(shared, offset, assoc=assoc) == position, f"seed {SEED}, {step['text']!r} at {index}"
                compared += 1
            for position, index in step["resolved"]:
                resolved = offset_of(shared, position)
                assert resolved is not None
                assert shared.lines.utf16_offset(resolved) == index, f"seed {SEED}, {step['text']!r}, {position}"
                compared += 1
    assert compared > 10_000
