"""Anchors: they stay beside their character whatever is written around them, in any script."""

import random

import pytest

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.ascii_twin import spell_in_ascii
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.text.edit import Edit
from tests.crdt.updates import new_client_id, random_edits


def shared_text(text: str) -> SharedText:
    shared = SharedText(ClientId(0x9ABCDEF1))
    shared.edit([Edit(0, 0, text)])
    return shared


@pytest.mark.parametrize("text", ["abcd", "aécd", "漢é😀d", "e\u0301😀😀", "\r\n\u2028\x0c"])
def test_an_anchor_stays_beside_its_character(text: str) -> None:
    shared = shared_text(text)
    before = [anchor_at(shared, offset) for offset in range(len(text) + 1)]
    behind = [anchor_at(shared, offset, assoc=-1) for offset in range(len(text) + 1)]
    shared.edit([Edit(offset, offset, "é😀") for offset in range(len(text) + 1)])
    assert [offset_of(shared, anchor) for anchor in before] == [3 * i + 2 for i in range(len(text))] + [
        3 * len(text) + 2
    ]
    assert [offset_of(shared, anchor) for anchor in behind] == [0] + [3 * i for i in range(1, len(text) + 1)]


def test_the_ends_of_a_text_have_no_item() -> None:
    shared = shared_text("é")
    assert anchor_at(shared, 1) == {"type": None, "tname": "content", "item": None, "assoc": 0}
    assert anchor_at(shared, 0, assoc=-1) == {"type": None, "tname": "content", "item": None, "assoc": -1}
    empty = SharedText(ClientId(5))
    assert offset_of(empty, anchor_at(empty, 0)) == 0
    assert anchor_at(shared, 99) == anchor_at(shared, 1)
    assert anchor_at(shared, -5) == anchor_at(shared, 0)


def test_an_anchor_in_deleted_text_stands_where_it_was() -> None:
    shared = shared_text("aé😀b")
    anchor = anchor_at(shared, 2)
    shared.edit([Edit(1, 3, "")])
    assert offset_of(shared, anchor) == 1


def test_an_anchor_in_text_that_has_not_arrived_is_unknown_until_it_has() -> None:
    ann, bob = shared_text("é"), SharedText(ClientId(6))
    anchor = anchor_at(ann, 0)
    assert offset_of(bob, anchor) is None
    bob.merge(ann.document.update_since())
    assert offset_of(bob, anchor) == 0


@pytest.mark.parametrize(
    "anchor",
    [
        None,
        7,
        "text",
        [],
        {},
        {"item": 5},
        {"item": {"client": 1}},
        {"item": {"client": "1", "clock": 0}},
        {"item": {"client": 0x9ABCDEF1, "clock": 1.5}},
        {"item": {"client": 0x9ABCDEF1, "clock": -1}},
        {"item": {"client": 0x9ABCDEF1, "clock": 2**70}},
        {"item": {"client": 2**70, "clock": 0}},
        {"item": {"client": True, "clock": True}},
        {"tname": "other", "item": None},
        {"type": {"client": 1, "clock": 1}, "item": None},
    ],
)
def test_what_is_no_anchor_here_is_unknown(anchor: object) -> None:
    assert offset_of(shared_text("aé"), anchor) is None


def test_an_anchor_needs_no_more_than_stock_clients_send() -> None:
    shared = shared_text("aé😀")
    assert offset_of(shared, {"item": {"client": 0x9ABCDEF1, "clock": 2}}) == 2
    assert offset_of(shared, {"item": {"client": 0x9ABCDEF1, "clock": 3}}) == 2, "inside a pair: before it"
    assert offset_of(shared, {"tname": "content"}) == 3


@pytest.mark.parametrize("seed", range(20))
def test_anchors_mean_the_same_to_everyone(seed: int) -> None:
    dice = random.Random(seed)
    ann, bob = SharedText(new_client_id(dice)), SharedText(new_client_id(dice))
    for _ in range(25):
        from_ann = ann.edit(random_edits(dice, len(ann.lines)))
        from_bob = bob.edit(random_edits(dice, len(bob.lines)))
        if from_bob:
            ann.merge(from_bob)
        if from_ann:
            bob.merge(from_ann)
        for _ in range(5):
            offset, assoc = dice.randrange(len(ann.lines) + 1), dice.choice((0, -1))
            anchor = anchor_at(ann, offset, assoc=assoc)
            assert anchor == anchor_at(bob, offset, assoc=assoc), f"seed {seed}"
            assert offset_of(ann, anchor) == offset_of(bob, anchor) == offset, f"seed {seed}"


def test_the_twin_is_made_anew_when_too_much_has_happened_unasked() -> None:
    shared = shared_text("é")
    anchor = anchor_at(shared, 1, assoc=-1)
    twin = shared._twin
    assert twin is not None
    for _ in range(1_500):
        shared.edit([Edit(0, 0, "x")])
    assert shared._twin is None
    assert offset_of(shared, anchor) == 1_501


def test_spelling_in_ascii_keeps_all_but_the_text() -> None:
    shared = SharedText(ClientId(0x9ABCDEF1))
    data = shared.edit([Edit(0, 0, "aé😀")])
    assert spell_in_ascii(data) == data.replace("\x07aé😀".encode(), b"\x04xxxx")
    assert spell_in_ascii(b"\x00\x00") == b"\x00\x00"
