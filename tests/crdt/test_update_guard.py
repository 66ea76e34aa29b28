"""The guard: what it lets through, what it refuses and why, and that its quick ways agree with the thorough one."""

import random
import time

import pytest

from bench.hostile_updates import root_name, struct, update
from pair_ls.crdt.encoding import write_var_string, write_var_uint
from pair_ls.crdt.guard_limits import FOREIGN, STORED, GuardLimits
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import merge_updates
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.update_guard import EMPTY_UPDATE, UpdateGuard
from pair_ls.errors import MissingUpdates, RefusedBytes
from pair_ls.text.edit import Edit
from tests.crdt.updates import AWKWARD, new_client_id, random_edits, typed

ROOT = root_name("content")
INDEX_ROOT = root_name("documents")


def guard_of(*updates: bytes, kind: DocumentKind = DocumentKind.TEXT, limits: GuardLimits = FOREIGN) -> UpdateGuard:
    guard = UpdateGuard(kind, limits)
    for one in updates:
        guard.commit(guard.check(one, limits=STORED))
    return guard


def text(content: str, left: tuple[int, int] | None = None, right: tuple[int, int] | None = None) -> bytes:
    return struct(4, write_var_string(content), root=ROOT, left=left, right=right)


def refusal(guard: UpdateGuard, data: bytes, author: str | None = None) -> str:
    with pytest.raises(RefusedBytes) as caught:
        guard.check(data, author=author)
    return caught.value.code


def deletion(client: int, start: int, length: int) -> bytes:
    return b"\x01" + write_var_uint(client) + b"\x01" + write_var_uint(start) + write_var_uint(length)


def test_what_a_person_types_passes_and_is_known_then() -> None:
    guard = UpdateGuard(DocumentKind.TEXT)
    for one in typed(["a", "é", "😀", "\r\n", "x" * 300]):
        checked = guard.check(one, author="p:ann")
        assert checked.is_new
        assert checked.client_ids == {0x9ABCDEF1}
        guard.commit(checked)
        assert not guard.check(one, author="p:bob").is_new
    assert guard.state == {0x9ABCDEF1: 306}
    assert guard.owners == {0x9ABCDEF1: "p:ann"}


def test_an_update_says_whether_it_repeats_what_is_known() -> None:
    first, second, third = typed(["a", "é", "b"])
    guard = guard_of(first)
    assert not guard.check(second).repeats
    assert guard.check(merge_updates([first, second])).repeats
    assert guard.check(merge_updates([first, second, third])).ranges == [(0x9ABCDEF1, 1, 3)]


def test_the_empty_update_brings_nothing() -> None:
    assert not UpdateGuard(DocumentKind.TEXT).check(EMPTY_UPDATE).is_new


def test_a_gap_is_no_offence() -> None:
    first, second, third = typed(["a", "b", "c"])
    guard = guard_of(first)
    with pytest.raises(MissingUpdates):
        guard.check(third)
    guard.commit(guard.check(second))
    assert guard.check(third).is_new


@pytest.mark.parametrize(
    "data",
    [
        update([(7, 0, [text("b", left=(5, 0))])]),
        update([(7, 0, [text("b", right=(5, 9))])]),
        update([(7, 0, [text("b"), text("c", left=(7, 0), right=(8, 0))])]),
        update([], deletion(7, 0, 1)),
        update([(7, 0, [text("b")])], deletion(7, 0, 2)),
        update([(7, 0, [b"\x0a\x03", text("b")])]),
    ],
    ids=["left", "right", "right of another", "deletion", "deletion past the end", "skip"],
)
def test_what_stands_on_unknown_text_is_a_gap(data: bytes) -> None:
    with pytest.raises(MissingUpdates):
        UpdateGuard(DocumentKind.TEXT).check(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (update([(7, 0, [struct(4, b"\x01a", root=root_name("other"))])]), "update-place"),
        (update([(7, 0, [struct(4, b"\x01a", root=ROOT, key="k")])]), "update-place"),
        (update([(7, 0, [struct(4, b"\x01a", root=b"\x00\x05\x00")])]), "update-place"),
        (update([(7, 0, [struct(8, b"\x01\x7e", root=ROOT)])]), "update-place"),
        (update([(7, 0, [struct(7, b"\x01", root=ROOT)])]), "update-content"),
        (update([(7, 0, [b"\x00\x05"])]), "update-content"),
        (update([(7, 0, [struct(5, write_var_string("{}"), root=ROOT)])]), "update-content"),
        (update([(7, 0, [struct(6, b"\x01b\x04true", root=ROOT)])]), "update-content"),
        (update([(7, 0, [text("")])]), "update-malformed"),
        (update([(7, 0, [struct(1, b"\x00", root=ROOT)])]), "update-malformed"),
        (update([(7, 0, [struct(1, write_var_uint(2**31), root=ROOT)])]), "update-malformed"),
        (update([(7, 0, [struct(4, b"\x02\xff\xfe", root=ROOT)])]), "update-malformed"),
        (update([(7, 0, [struct(4, b"\x03\xed\xa0\xbd", root=ROOT)])]), "update-malformed"),
        (update([(7, 0, [text("a", left=(7, 0))])]), "update-order"),
        (update([(7, 0, [text("a", left=(7, 5)), text("bcdefgh")])]), "update-order"),
        (update([(7, 0, [text("a")]), (7, 1, [text("b")])]), "update-malformed"),
        (update([(7, 0, [])]), "update-malformed"),
        (update([(7, 0, [text("a")])]) + b"\x00", "update-malformed"),
        (update([(7, 0, [text("a")])])[:-1], "update-malformed"),
        (update([(7, 0, [text("a")])])[:-3], "update-place"),
        (b"\x01\x01" + b"\x80" * 7 + b"\x10\x00" + text("a") + b"\x00", "update-malformed"),
        (update([(7, 0, [text("abc")])], b"\x02" + deletion(7, 0, 1)[1:] * 2), "update-malformed"),
        (update([(7, 0, [text("abc")])], b"\x01\x07\x02\x01\x01\x00\x01"), "update-malformed"),
        (update([(7, 0, [text("abc")])], deletion(7, 0, 0)), "update-malformed"),
        (b"\xff\xff\xff\xff\x0f\x01\x01\x00", "update-malformed"),
        (write_var_uint(6_000_000) + b"\x01\x05\x00", "update-too-many-clients"),
        (b"\x01" + write_var_uint(6_000_000) + b"\x05\x00", "update-too-many-structs"),
        (b"\x00\x01\x05" + write_var_uint(30_000_000), "update-too-many-deletions"),
        (b"\xff" * 1_000_000 + b"\x01", "update-malformed"),
        (bytes((1 << 20) + 1), "update-too-large"),
        (b"", "update-malformed"),
    ],
)
def test_what_no_flat_document_holds_is_refused_quickly(data: bytes, code: str) -> None:
    began = time.process_time()
    assert refusal(UpdateGuard(DocumentKind.TEXT), data) == code
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x01" + b"\x75\x01" * 100_000 + b"\x7e", "update-content"),
        (b"\x01" + b"\x76\x01\x01k" * 10_000 + b"\x7e", "update-content"),
        (b"\x01\x75" + write_var_uint(2**52), "update-content"),
        (b"\x01\x76" + write_var_uint(2**30), "update-malformed"),
        (b"\x01\x76\x01\x01k\x7d\x05", "update-content"),
        (b"\x02\x76\x00\x7e", "update-content"),
        (b"\x00", "update-malformed"),
        (write_var_uint(2**30) + b"\x76\x00" * 5_000, "update-too-large"),
        (b"\x01\x76\x01\x01k\x77" + write_var_string("x" * 9_000), "update-too-large"),
        (b"\x01\x76\x01\x01k\x77\x02\xff\xfe", "update-malformed"),
    ],
)
def test_an_index_takes_objects_of_strings_only(content: bytes, code: str) -> None:
    entry = struct(8, content, root=INDEX_ROOT, key="main")
    assert refusal(UpdateGuard(DocumentKind.INDEX), update([(7, 0, [entry])])) == code


@pytest.mark.parametrize("key", ["", "é", "a/b", "x" * 65, "a b"])
def test_an_index_takes_document_ids_only(key: str) -> None:
    entry = struct(8, b"\x01\x76\x00", root=INDEX_ROOT, key=key)
    assert refusal(UpdateGuard(DocumentKind.INDEX), update([(7, 0, [entry])])) in ("update-key", "update-place")


def test_text_in_an_index_is_refused() -> None:
    emoji = struct(4, write_var_string("😀"), root=INDEX_ROOT, key="main")
    assert refusal(UpdateGuard(DocumentKind.INDEX), update([(7, 0, [emoji])])) == "update-place"
    keystroke = update([(7, 0, [text("a")])])
    assert refusal(UpdateGuard(DocumentKind.INDEX), keystroke) == "update-place"


def test_an_index_written_by_us_passes_with_all_its_overwritten_entries() -> None:
    ann, guard = SharedIndex(ClientId(5)), UpdateGuard(DocumentKind.INDEX)
    for path in ("a.py", "é.py", "😀.py"):
        guard.commit(guard.check(ann.set("main", DocumentEntry(path, "python"))))
    guard.commit(guard.check(ann.remove("main")))
    assert guard.state == {5: 3}


def test_structs_that_wait_for_each_other_in_a_circle_are_refused() -> None:
    plain_circle = [(7, 0, [text("a", left=(8, 0))]), (8, 0, [text("b", left=(7, 0))])]
    hidden_circle = [
        (7, 0, [text("a", left=(8, 1)), text("b", left=(7, 0))]),
        (8, 0, [text("c", left=(7, 1)), text("d")]),
    ]
    for sections in (plain_circle, hidden_circle):
        assert refusal(UpdateGuard(DocumentKind.TEXT), update(sections)) == "update-order"


def test_clients_that_wait_for_each_other_in_turns_are_taken() -> None:
    steps = 300
    ann = [text("a", left=(8, clock - 1) if clock else None) for clock in range(steps)]
    bob = [text("b", left=(7, clock)) for clock in range(steps)]
    guard = guard_of(update([(8, 0, bob), (7, 0, ann)]))
    assert guard.state == {7: steps, 8: steps}


def test_many_clients_that_wait_for_each_other_take_linear_time() -> None:
    clients = 250
    sections = [
        (client, 0, [text("x", left=(client + 1, clock)) for clock in range(78)])
        for client in range(1_000, 1_000 + clients)
    ]
    sections.append((1_000 + clients, 0, [text("y" * 100)]))
    guard = UpdateGuard(DocumentKind.TEXT)
    began = time.process_time()
    guard.check(update(sections))
    assert time.process_time() - began < 1.0


def test_new_structs_under_the_client_id_of_another_are_refused() -> None:
    first, second = typed(["a", "b"])
    guard = UpdateGuard(DocumentKind.TEXT)
    guard.commit(guard.check(first, author="p:ann"))
    assert refusal(guard, second, author="p:mallory") == "update-author"
    assert not guard.check(first, author="p:mallory").is_new, "what is known may be said again by anyone"
    assert guard.check(second, author="p:ann").is_new
    assert guard.check(second).is_new, "the store is trusted"


def test_a_client_id_can_be_claimed_before_anything_is_written() -> None:
    guard = UpdateGuard(DocumentKind.TEXT)
    (first,) = typed(["a"])
    assert guard.claim(0x9ABCDEF1, "p:ann")
    assert guard.claim(0x9ABCDEF1, "p:ann")
    assert not guard.claim(0x9ABCDEF1, "p:mallory")
    assert refusal(guard, first, author="p:mallory") == "update-author"


@pytest.mark.parametrize(
    "data",
    [
        update([(7, 0, [text("x", left=(5, 1))])]),
        update([(7, 0, [text("x", right=(5, 2))])]),
        update([(7, 0, [text("x", left=(5, 0), right=(5, 2))])]),
        update([], deletion(5, 1, 1)),
        update([], deletion(5, 2, 2)),
        update([(7, 0, [text("é", left=(5, 1))])]),
        update([(7, 0, [text("a😀b"), text("x", left=(7, 1))])]),
        update([(7, 0, [text("a😀b")])], deletion(7, 0, 2)),
        update([(5, 0, [text("abc😀d")])]),
    ],
    ids=["left", "right", "both", "deletion ends", "deletion starts", "not ascii", "own", "own deletion", "said anew"],
)
def test_nobody_parts_a_character_of_two_units(data: bytes) -> None:
    guard = guard_of(update([(5, 0, [text("a😀b")])]))
    assert refusal(guard, data) == "update-surrogate"


@pytest.mark.parametrize(
    "data",
    [
        update([(7, 0, [text("x", left=(5, 0))])]),
        update([(7, 0, [text("x", left=(5, 2), right=(5, 3))])]),
        update([], deletion(5, 1, 2)),
    ],
)
def test_whole_characters_of_two_units_may_be_touched(data: bytes) -> None:
    assert guard_of(update([(5, 0, [text("a😀b")])])).check(data).is_new


def test_deletions_that_are_known_bring_nothing() -> None:
    guard = guard_of(update([(5, 0, [text("abcdef")])]))
    one = update([], deletion(5, 1, 2))
    assert guard.check(one).is_new
    guard.commit(guard.check(one))
    assert not guard.check(one).is_new
    assert not guard.check(update([(5, 0, [text("a"), struct(1, b"\x02", root=ROOT, left=(5, 0))])], one[1:])).is_new
    assert guard.check(update([], deletion(5, 1, 3))).is_new


def test_a_document_takes_so_many_client_ids_only() -> None:
    guard = UpdateGuard(DocumentKind.TEXT, GuardLimits(max_document_client_ids=3))
    for client in (1, 2, 3):
        guard.commit(guard.check(update([(client, 0, [text("a")])])))
    assert refusal(guard, update([(4, 0, [text("a")])])) == "update-too-many-clients"
    assert guard.check(update([(3, 1, [text("b", left=(3, 0))])])).is_new


def test_very_many_new_deletions_at_once_are_refused_but_not_the_known_ones() -> None:
    def every_other(first: int, count: int) -> bytes:
        ranges = b"".join(write_var_uint(clock) + b"\x01" for clock in range(first, first + 2 * count, 2))
        return update([], b"\x01\x05" + write_var_uint(count) + ranges)

    guard = guard_of(update([(5, 0, [text("x" * 100_000)])]), every_other(0, 30_000))
    assert not guard.check(every_other(0, 30_000)).is_new
    assert refusal(guard, every_other(1, 20_001)) == "update-too-many-deletions"
    assert guard.check(every_other(1, 20_000)).is_new


def test_claims_do_not_grow_for_ever() -> None:
    guard = UpdateGuard(DocumentKind.TEXT, GuardLimits(max_document_client_ids=3))
    assert all(guard.claim(client, "p:mallory") for client in range(100))
    assert len(guard.owners) == 3


def test_deletions_of_more_people_than_may_write_at_once_pass() -> None:
    people = range(1_000, 1_600)
    writings = [update([(client, 0, [text("ab")])]) for client in people]
    guard = guard_of(*writings)
    ranges = b"".join(write_var_uint(client) + b"\x01\x00\x01" for client in people)
    assert guard.check(update([], write_var_uint(len(people)) + ranges)).is_new


def test_typing_and_deleting_on_does_not_make_the_guard_grow() -> None:
    ann, guard = SharedText(ClientId(0x9ABCDEF1)), UpdateGuard(DocumentKind.TEXT)
    for _ in range(2_000):
        guard.commit(guard.check(ann.edit([Edit(len(ann.lines), len(ann.lines), "x")])))
    for _ in range(1_000):
        guard.commit(guard.check(ann.edit([Edit(len(ann.lines) - 1, len(ann.lines), "")])))
    assert len(guard.state) == len(guard._clients) == len(guard._deleted) == 1
    assert not guard._low_halves


@pytest.mark.parametrize("seed", range(30))
def test_the_quick_ways_say_what_the_thorough_way_says(seed: int) -> None:
    dice = random.Random(seed)
    people = [SharedText(new_client_id(dice)) for _ in range(3)]
    guard = UpdateGuard(DocumentKind.TEXT)
    updates: list[bytes] = []
    for _ in range(60):
        writer = dice.choice(people)
        if dice.random() < 0.5:
            at = dice.randrange(len(writer.lines) + 1)
            edits = [Edit(at, min(len(writer.lines), at + dice.choice((0, 0, 1))), dice.choice((*AWKWARD, "x", "y")))]
        else:
            edits = random_edits(dice, len(writer.lines))
        data = writer.edit(edits)
        if data:
            updates.append(data)
            for person in people:
                if person is not writer:
                    person.merge(data)
    for data in dice.sample(updates, len(updates)) + updates:
        author = dice.choice((None, "p:ann", "p:bob"))
        assert verdict(guard, data, author, quick=True) == verdict(guard, data, author, quick=False), f"seed {seed}"
        if dice.random() < 0.7:
            try:
                guard.commit(guard.check(data, author="p:ann"))
            except MissingUpdates:
                continue


def verdict(guard: UpdateGuard, data: bytes, author: str | None, *, quick: bool) -> object:
    try:
        checked = guard.check(data, author=author) if quick else guard.check_any(data, author=author)
    except (RefusedBytes, MissingUpdates) as error:
        return error.code
    return (checked.is_new, list(checked.ranges), list(checked.deletions), list(checked.low_halves), checked.author)
