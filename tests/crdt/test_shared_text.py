"""A participant's replica: what it is told is what it says, to native code and to its editor alike."""

import gc
import random
import subprocess
import sys

import pytest

from pair_ls.crdt.anchor import anchor_at
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import MissingUpdates, RefusedBytes, TextRefused
from pair_ls.text.edit import Edit, apply_edits
from tests.crdt.updates import new_client_id, new_hub, random_edits


def agree(shared: SharedText) -> bool:
    return shared.text == shared.document.text()


def shared_text(text: str) -> SharedText:
    """One who has written a text."""
    shared = SharedText(ClientId(0x9ABCDEF1))
    shared.edit([Edit(0, 0, text)])
    return shared


def pair(text: str = "") -> tuple[SharedText, SharedText]:
    """Two who have the same text."""
    ann, bob = SharedText(ClientId(0x9ABCDEF1)), SharedText(ClientId(0x9ABCDEF2))
    if text:
        bob.merge(ann.edit([Edit(0, 0, text)]))
    return ann, bob


def test_edits_are_simultaneous_and_one_update() -> None:
    ann, bob = pair("é😀 漢字\r\n")
    data = ann.edit([Edit(0, 1, "e\u0301"), Edit(1, 2, ""), Edit(3, 3, "😀"), Edit(7, 7, "end")])
    assert ann.text == "e\u0301 😀漢字\r\nend"
    assert agree(ann)
    assert bob.merge(data) == (Edit(0, 2, "e\u0301"), Edit(3, 3, "😀"), Edit(7, 7, "end"))
    assert bob.text == ann.text


@pytest.mark.parametrize("edits", [[], [Edit(0, 0, "")], [Edit(1, 1, ""), Edit(2, 2, "")]])
def test_nothing_changed_gives_no_update(edits: list[Edit]) -> None:
    ann, _ = pair("abc")
    assert ann.edit(edits) == b""
    assert ann.text == "abc"


@pytest.mark.parametrize(
    "edits", [[Edit(0, 4, "")], [Edit(4, 4, "x")], [Edit(1, 3, ""), Edit(2, 3, "")], [Edit(-1, 0, "")]]
)
def test_edits_outside_the_text_never_reach_native_code(edits: list[Edit]) -> None:
    ann, _ = pair("a😀c")
    with pytest.raises(ValueError, match="outside the text"):
        ann.edit(edits)
    assert ann.text == "a😀c"
    assert agree(ann)


def test_half_a_character_is_refused_before_native_code_sees_it() -> None:
    ann, _ = pair("a")
    with pytest.raises(TextRefused):
        ann.edit([Edit(0, 0, "ok"), Edit(1, 1, "\ud83d")])
    assert ann.text == "a"


def test_a_gap_or_a_refusal_changes_nothing() -> None:
    ann, bob = pair("é")
    ann.edit([Edit(1, 1, "1")])
    missed = ann.edit([Edit(2, 2, "2")])
    with pytest.raises(MissingUpdates):
        bob.merge(missed)
    with pytest.raises(RefusedBytes):
        bob.merge(b"\x01\x01\x05")
    assert bob.text == "é"
    assert bob.merge(ann.document.update_since(bob.document.state_vector())) == (Edit(1, 1, "12"),)


def test_new_text_under_our_own_client_id_is_refused() -> None:
    ann, bob = pair("a")
    forged = SharedText(ann.client_id)
    with pytest.raises(RefusedBytes) as caught:
        ann.merge(forged.edit([Edit(0, 0, "aEVIL")]))
    assert caught.value.code == "update-author"
    assert ann.merge(bob.document.update_since()) == (), "what we wrote ourselves may come back"


@pytest.mark.parametrize("seed", range(40))
def test_the_edits_of_a_merge_rebuild_the_text(seed: int) -> None:
    dice = random.Random(seed)
    people = [SharedText(new_client_id(dice)) for _ in range(3)]
    hub = new_hub()
    waiting: list[list[bytes]] = [[], [], []]
    for _ in range(80):
        number = dice.randrange(3)
        person, chance = people[number], dice.random()
        data = b""
        if chance < 0.5:
            edits = random_edits(dice, len(person.lines))
            expected = apply_edits(person.text, edits)
            data = person.edit(edits)
            assert person.text == expected
        elif chance < 0.7:
            before, step = person.text, person.undo() if chance < 0.6 else person.redo()
            if step is not None:
                data, told = step
                assert apply_edits(before, told) == person.text
        else:
            for one in waiting[number]:
                before = person.text
                assert apply_edits(before, person.merge(one)) == person.text
            waiting[number].clear()
        assert agree(person), f"seed {seed}"
        if data:
            hub.apply(data, author=str(number))
            for other in range(3):
                waiting[other] += [data] if other != number else []
    for person, rest in zip(people, waiting, strict=True):
        for one in rest:
            person.merge(one)
    assert {person.text for person in people} == {hub.text()}, f"seed {seed}"


def test_undo_takes_back_own_steps_only_whatever_others_did_since() -> None:
    ann, bob = pair()
    bob.merge(ann.edit([Edit(0, 0, "héllo ")]))
    ann.merge(bob.edit([Edit(6, 6, "wörld 😀")]))
    bob.merge(ann.edit([Edit(1, 2, "e")]))
    ann.merge(bob.edit([Edit(0, 0, "» ")]))
    assert ann.text == "» hello wörld 😀"
    for expected in ("» héllo wörld 😀", "» wörld 😀"):
        step = ann.undo()
        assert step is not None
        bob.merge(step[0])
        assert ann.text == bob.text == expected
    assert not ann.can_undo
    assert ann.undo() is None
    for expected in ("» héllo wörld 😀", "» hello wörld 😀"):
        step = ann.redo()
        assert step is not None
        bob.merge(step[0])
        assert ann.text == bob.text == expected
    assert ann.redo() is None
    assert not ann.can_redo
    assert agree(ann)


def test_undo_is_there_after_a_reconnect() -> None:
    ann, bob = pair("base\n")
    ann.edit([Edit(5, 5, "offline é")])
    bob_wrote = bob.edit([Edit(0, 0, "meanwhile\n")])
    ann.merge(bob.document.update_since(ann.document.state_vector()))
    bob.merge(ann.document.update_since(bob.document.state_vector()))
    assert ann.text == bob.text == "meanwhile\nbase\noffline é"
    assert ann.merge(bob_wrote) == ()
    step = ann.undo()
    assert step is not None
    bob.merge(step[0])
    assert ann.text == bob.text == "meanwhile\nbase\n"


def test_what_is_typed_without_a_pause_is_undone_together() -> None:
    ann, _ = pair()
    for number, now in enumerate((0.0, 0.3, 0.6, 1.2, 1.3)):
        ann.edit([Edit(number, number, "abcde"[number])], now=now)
    ann.end_undo_step()
    ann.edit([Edit(5, 5, "f")], now=1.4)
    texts = []
    while ann.undo() is not None:
        texts.append(ann.text)
    assert texts == ["abcde", "abc", ""]


def test_edits_without_a_time_are_a_step_each() -> None:
    ann, _ = pair()
    ann.edit([Edit(0, 0, "a")])
    ann.edit([Edit(1, 1, "b")])
    ann.undo()
    assert ann.text == "a"


def test_undoing_what_another_has_deleted_changes_nothing_that_is_seen() -> None:
    ann, bob = pair()
    bob.merge(ann.edit([Edit(0, 0, "mine 😀")]))
    ann.merge(bob.edit([Edit(0, 6, "")]))
    step = ann.undo()
    assert ann.text == ""
    if step is not None:
        bob.merge(step[0])
    assert bob.text == ""
    assert agree(ann)


@pytest.mark.parametrize("seed", range(15))
def test_undoing_all_leaves_what_others_wrote(seed: int) -> None:
    dice = random.Random(seed)
    ann, bob = pair()
    for step in range(30):
        if dice.random() < 0.5:
            at = dice.randrange(len(ann.lines) + 1)
            bob.merge(ann.edit([Edit(at, at, dice.choice("aé😀"))], now=step / 3))
        else:
            at = dice.randrange(len(bob.lines) + 1)
            ann.merge(bob.edit([Edit(at, at, dice.choice("XÉ漢"))]))
    theirs = [letter for letter in ann.text if letter in "XÉ漢"]
    while (undone := ann.undo()) is not None:
        bob.merge(undone[0])
    assert list(ann.text) == theirs == list(bob.text), f"seed {seed}"
    while (redone := ann.redo()) is not None:
        bob.merge(redone[0])
    assert [letter for letter in ann.text if letter in "XÉ漢"] == theirs, f"seed {seed}"
    assert ann.text == bob.text
    assert len(ann.text) == 30


def test_a_replica_that_is_no_longer_used_is_freed() -> None:
    shared = shared_text("é" * 1_000)
    anchor_at(shared, 5)
    shared.undo()
    lines = shared.lines
    assert sys.getrefcount(lines) > 2
    del shared
    gc.collect()
    assert sys.getrefcount(lines) == 2, "a circle through native code would keep it for ever"


GROWTH = """
import gc, psutil
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.text.edit import Edit

def once():
    SharedText(ClientId(1)).edit([Edit(0, 0, "x" * 500_000)])

once()
before = psutil.Process().memory_info().rss
for _ in range(100):
    once()
gc.collect()
print(psutil.Process().memory_info().rss - before)
"""


def test_native_memory_is_freed_too() -> None:
    """In a process of its own: in one that has run many tests the heap is in pieces and tells nothing."""
    done = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, timeout=50, check=True)
    assert int(done.stdout) < 25_000_000
