"""One shared document: any order and any repetition lead to the same text, and a failure stays a failure."""

import hashlib
import random
import subprocess
import sys

import pytest

from bench.hostile_updates import root_name, struct, update
from pair_ls.crdt.encoding import write_var_string
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument, _says, merge_updates
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.state_vector import check_state_vector, encode_state_vector
from pair_ls.crdt.update_guard import EMPTY_UPDATE
from pair_ls.errors import MissingUpdates, Poisoned, RefusedBytes
from pair_ls.text.edit import Edit
from tests.crdt.updates import new_client_id, new_hub, random_edits, typed


def session(dice: random.Random, steps: int = 60) -> tuple[list[SharedText], list[bytes]]:
    """Three who type concurrently and hear of each other now and then; and all their updates."""
    people = [SharedText(new_client_id(dice)) for _ in range(3)]
    updates: list[bytes] = []
    heard = [0, 0, 0]
    for _ in range(steps):
        number = dice.randrange(3)
        if dice.random() < 0.7:
            data = people[number].edit(random_edits(dice, len(people[number].lines)))
            updates += [data] if data else []
        else:
            for data in updates[heard[number] :]:
                people[number].merge(data)
            heard[number] = len(updates)
    for person in people:
        for data in updates:
            person.merge(data)
    return people, updates


def deliver(document: SharedDocument, updates: list[bytes]) -> None:
    """In the order given; what comes too early comes again later, as after a sync step 1."""
    waiting = updates
    while waiting:
        early = []
        for data in waiting:
            try:
                document.apply(data)
            except MissingUpdates:
                early.append(data)
        assert len(early) < len(waiting)
        waiting = early


@pytest.mark.parametrize("seed", range(25))
def test_replicas_converge_under_any_order_with_repetitions(seed: int) -> None:
    dice = random.Random(seed)
    people, updates = session(dice)
    documents = [new_hub() for _ in range(3)]
    for document in documents:
        deliver(document, dice.choices(updates, k=20) + dice.sample(updates, len(updates)))
    merged = new_hub()
    merged.apply(merge_updates(updates))
    loaded = new_hub()
    whole = documents[0].checkpoint()
    assert whole is not None
    loaded.load([(whole, None)])
    everyone = [*documents, merged, loaded, *(person.document for person in people)]
    assert len({document.text() for document in everyone}) == 1, f"seed {seed}"
    assert len({document.content_hash() for document in everyone}) == 1
    assert all(document.state() == loaded.state() for document in everyone)
    assert {person.text for person in people} == {loaded.text()}


@pytest.mark.parametrize("seed", range(10))
def test_the_answer_to_a_state_vector_is_all_that_is_missing(seed: int) -> None:
    dice = random.Random(seed)
    _, updates = session(dice)
    ahead, behind = new_hub(), new_hub()
    deliver(ahead, updates)
    deliver(behind, updates[: len(updates) // 2])
    answer = ahead.update_since(behind.state_vector())
    behind.apply(answer)
    assert behind.text() == ahead.text(), f"seed {seed}"
    assert not behind.apply(answer).is_new
    for data in (behind.update_since(ahead.state_vector()), behind.update_since()):
        assert not ahead.check(data).is_new, "known text and known deletions bring nothing new"


def test_state_vectors_of_strangers_are_answered_within_what_is_known() -> None:
    document = new_hub()
    for data in typed(["a😀b"]):
        document.apply(data)
    whole = document.update_since()
    assert document.update_since(encode_state_vector({5: 2**40, 0x9ABCDEF1: 0})) == whole
    assert document.update_since(encode_state_vector({0x9ABCDEF1: 2**31})) == EMPTY_UPDATE
    inside_the_emoji = document.update_since(encode_state_vector({0x9ABCDEF1: 2}))
    assert "😀b".encode() in inside_the_emoji
    with pytest.raises(RefusedBytes):
        document.update_since(b"\xff\xff\xff\xff\x0f")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x05", b"\x00\x00", b"\x02\x05\x01", b"\xff" * 100_000 + b"\x01"])
def test_bad_state_vectors_are_refused(data: bytes) -> None:
    with pytest.raises(RefusedBytes):
        check_state_vector(data)


def test_a_state_vector_is_read_as_it_was_written() -> None:
    state = {0: 1, 5: 7, 2**32 - 1: 2**31 - 1}
    assert check_state_vector(encode_state_vector(state)) == state


def test_a_gap_changes_nothing() -> None:
    first, second, third = typed(["a", "b", "c"])
    document = new_hub()
    document.apply(first)
    with pytest.raises(MissingUpdates):
        document.apply(third)
    assert document.text() == "a"
    assert document.state_vector() == encode_state_vector({0x9ABCDEF1: 1})
    document.apply(merge_updates([second, third]))
    assert document.text() == "abc"


def test_owners_are_learnt_from_the_store_and_enforced_afterwards() -> None:
    first, second, third = typed(["a", "b", "c"])
    document = new_hub()
    document.load([(first, ""), (second, "p:bob")], owners={0x9ABCDEF1: "p:ann"})
    assert document.owners == {0x9ABCDEF1: "p:ann"}
    with pytest.raises(RefusedBytes) as caught:
        document.apply(third, author="p:bob")
    assert caught.value.code == "update-author"
    document.apply(third, author="p:ann")
    tail_only = new_hub()
    tail_only.load([(first, "p:bob")])
    assert tail_only.owners == {0x9ABCDEF1: "p:bob"}
    assert tail_only.claim(5, "p:eve")
    assert not tail_only.claim(0x9ABCDEF1, "p:eve")


def test_empty_means_that_nothing_was_ever_written() -> None:
    document = new_hub()
    assert document.is_empty
    assert document.update_since() == EMPTY_UPDATE
    writer = SharedText(ClientId(5))
    document.apply(writer.edit([Edit(0, 0, "é")]))
    document.apply(writer.edit([Edit(0, 1, "")]))
    assert document.text() == ""
    assert document.size == 0
    assert not document.is_empty


def test_the_size_is_counted_in_bytes_and_the_hash_is_of_utf8() -> None:
    document = new_hub()
    for data in typed(["é😀\r\n"]):
        document.apply(data)
    assert document.size == 8
    assert document.content_hash() == hashlib.sha256("é😀\r\n".encode()).digest()


def test_merging_nothing_gives_the_empty_update() -> None:
    assert merge_updates([]) == merge_updates([EMPTY_UPDATE, EMPTY_UPDATE]) == EMPTY_UPDATE
    (one,) = typed(["a"])
    assert merge_updates([EMPTY_UPDATE, one]) is one


def test_a_thousand_keystrokes_merge_into_one_update() -> None:
    document = new_hub()
    document.apply(merge_updates(typed([*"é😀 text\n" * 150])))
    assert document.text() == "é😀 text\n" * 150


def test_a_place_that_no_honest_client_can_mean_gives_no_checkpoint() -> None:
    backwards = struct(4, write_var_string("x"), root=root_name("content"), left=(7, 4), right=(7, 1))
    again = struct(4, write_var_string("y"), root=root_name("content"), left=(7, 3), right=(7, 1))
    document = new_hub()
    document.apply(update([(7, 0, [struct(4, write_var_string("abcdef"), root=root_name("content"))])]))
    assert document.checkpoint() is not None
    document.apply(update([(9, 0, [backwards])]))
    document.apply(update([(8, 0, [again])]))
    assert document.checkpoint() is None
    assert sorted(document.text()) == sorted("abcdefxy"), "it can still be read, and started anew from its text"


def test_after_a_native_failure_every_call_says_so_and_nothing_is_read() -> None:
    code = """
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import Poisoned
from pair_ls.text.edit import Edit
shared = SharedText(ClientId(5))
shared.edit([Edit(0, 0, "abc")])
native = shared.document.native
for call in (
    lambda: native.replace([(1, 9, "")]),  # pycrdt panics here, which no `except Exception` would catch
    shared.document.text,
    lambda: shared.edit([Edit(0, 0, "x")]),
    shared.document.update_since,
    shared.undo,
):
    try:
        call()
    except Poisoned as error:
        print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["poisoned"] * 5


def test_interrupts_are_not_mistaken_for_failures_of_the_document() -> None:
    document = new_hub()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        document.native._read(interrupt)
    with pytest.raises(Poisoned):
        document.text()


def test_an_entry_of_a_state_vector_is_found_only_where_one_begins() -> None:
    state = {5: 300, 0x9ABCDEF1: 5, 300: 7}
    encoded = encode_state_vector(state)
    assert all(_says(encoded, client, clock) for client, clock in state.items())
    assert not _says(encoded, 2, 300)
    assert not _says(b"\x02\x05\x07\x09\x01", 7, 9), "a clock and the client behind it are no entry"
    assert not _says(b"\x01\x85\x01\x07", 1, 7), "nor is the end of a number"
    assert _says(b"\x01\x01\x01", 1, 1), "though the same bytes stand before it"
    assert _says(b"\x03\x05\x07\x07\x07\x09\x07", 7, 7)


def test_kinds_do_not_mix() -> None:
    index = SharedDocument(client_id=ClientId(1), kind=DocumentKind.INDEX)
    with pytest.raises(RefusedBytes):
        index.apply(typed(["a"])[0])
    assert index.is_empty
