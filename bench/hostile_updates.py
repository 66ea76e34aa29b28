"""Inputs that a hostile participant might send: real ones with changed bytes, and well-formed ones without good sense.

Deterministic: the same seed and number give the same bytes.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pair_ls.crdt.awareness import Awareness
from pair_ls.crdt.encoding import write_var_bytes, write_var_string, write_var_uint
from pair_ls.crdt.schema import CONTENT, DOCUMENTS, ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.state_vector import encode_state_vector
from pair_ls.text.edit import Edit

Id = tuple[int, int]

LETTERS = (
    "a",
    "bc",
    "xyz",
    "line\n",
    "\n",
    "é",
    "漢",
    "😀",
    "a😀b",
    "\u0301",
    "\u200d",
    "\u2028",
    "\x0c",
    "\r\n",
    "\x00",
)
BIG_NUMBERS = (
    b"\x00",
    b"\x7f",
    b"\x80\x80\x40",
    b"\xff\xff\xff\x07",
    b"\x80\x80\x80\x80\x08",
    b"\xff\xff\xff\xff\x0f",
    b"\xff\xff\xff\xff\xff\xff\xff\x0f",
    b"\xff" * 9 + b"\x01",
)
TELLING_BYTES = bytes(
    (0, 1, 4, 8, 10, 0x21, 0x27, 0x28, 0x44, 0x81, 0x84, 0x87, 0x88, 0xA8, 0xC4, 116, 117, 118, 119, 126)
)


@dataclass(frozen=True)
class Base:
    """A document with a past, and the updates that made it."""

    kind: DocumentKind
    whole: bytes
    updates: Sequence[bytes]
    state: Mapping[int, int]


def text_base() -> Base:
    """Five people have typed at once, in several scripts, and not all at the same time heard of each other."""
    dice = random.Random(3)
    people = [SharedText(ClientId(dice.choice((number, 0x9000_0000 + number)))) for number in range(1, 6)]
    updates: list[bytes] = []
    for _ in range(40):
        writer = dice.choice(people)
        length = len(writer.lines)
        start = dice.randrange(length + 1)
        end = min(length, start + dice.choice((0, 0, 0, 1, 3)))
        update = writer.edit([Edit(start, end, dice.choice((*LETTERS, "")))])
        if update:
            updates.append(update)
        if dice.random() < 0.5:
            reader = dice.choice(people)
            if reader is not writer:
                reader.merge(writer.document.update_since(reader.document.state_vector()))
    return _base(DocumentKind.TEXT, updates, [person.document for person in people])


def index_base() -> Base:
    """Three people have made, renamed and removed documents."""
    dice = random.Random(4)
    people = [SharedIndex(ClientId(0x8000_0000 + number)) for number in range(3)]
    updates = []
    for _ in range(12):
        person = dice.choice(people)
        name = dice.choice(("main", "a-1", "b_2"))
        entry = DocumentEntry(dice.choice(("é.py", "src/a.rs", "😀.md")), "python")
        updates.append(person.remove(name) if dice.random() < 0.2 else person.set(name, entry))
        for other in people:
            if other is not person and dice.random() < 0.6:
                other.merge(person.document.update_since(other.document.state_vector()))
    return _base(DocumentKind.INDEX, [update for update in updates if update], [person.document for person in people])


def _base(kind: DocumentKind, updates: list[bytes], documents: Sequence[SharedDocument]) -> Base:
    whole = SharedDocument(client_id=ClientId(6), kind=kind)
    for document in documents:
        whole.apply(document.update_since())
    return Base(kind, whole.update_since(), [*updates, whole.update_since()], dict(whole.state()))


def mutate(dice: random.Random, pool: Sequence[bytes]) -> bytes:
    """One of the pool with some bytes changed, cut, doubled or taken from another."""
    if dice.random() < 0.04:
        return dice.randbytes(dice.randrange(1, 64))
    data = bytearray(dice.choice(pool))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        data = data or bytearray(b"\x00")
        at = dice.randrange(len(data))
        match dice.randrange(8):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at] = dice.randrange(256)
            case 2:
                data[at : at + 1] = dice.choice(BIG_NUMBERS)
            case 3:
                del data[at:]
            case 4:
                del data[at : at + dice.randrange(1, 8)]
            case 5:
                start = dice.randrange(len(data))
                data[at:at] = data[start : start + dice.randrange(1, 24)]
            case 6:
                other = dice.choice(pool)
                data[at:] = other[dice.randrange(len(other)) :]
            case _:
                data[at] = dice.choice(TELLING_BYTES)
    return bytes(data)


def struct(
    ref: int, content: bytes, *, root: bytes, left: Id | None = None, right: Id | None = None, key: str | None = None
) -> bytes:
    """One struct as the format has it; `root` is the whole parent, used when there are no origins."""
    info = ref | (0x80 if left else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes([info])
    for origin in (left, right):
        if origin:
            out += write_var_uint(origin[0]) + write_var_uint(origin[1])
    if not left and not right:
        out += root + (write_var_string(key) if key is not None else b"")
    return out + content


def root_name(name: str) -> bytes:
    """A parent that is a root."""
    return b"\x01" + write_var_string(name)


def update(sections: Sequence[tuple[int, int, Sequence[bytes]]], deletions: bytes = b"\x00") -> bytes:
    """An update of (client, first clock, structs)."""
    out = write_var_uint(len(sections))
    for client, clock, structs in sections:
        out += write_var_uint(len(structs)) + write_var_uint(client) + write_var_uint(clock) + b"".join(structs)
    return out + deletions


def any_value(dice: random.Random) -> bytes:
    """A JSON value as lib0 writes it: an entry of the index, or something that the index must not hold."""
    if dice.random() < 0.7:
        path = write_var_string(dice.choice(("a", "é.py", "😀", "")))
        return b"\x76\x02\x04path\x77" + path + b"\x08language\x77\x01b"
    return dice.choice(
        (
            b"\x76\x00",
            b"\x7e",
            b"\x7f",
            b"\x7d\x05",
            b"\x77\x01a",
            b"\x75\x02\x7e\x7e",
            b"\x76\x01\x01k\x7e",
            b"\x76\x01\x01k\x76\x01\x01k\x7e",
            b"\x74\x02ab",
            b"\x7a" + b"\xff" * 8,
            b"\x75\x01" * dice.choice((3, 30, 30_000)) + b"\x7e",
        )
    )


class Grammar:
    """Builds updates that are well-formed, with ids mostly of what is there, and sense that no honest client has."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._clients = list(base.state)
        self._is_text = base.kind is DocumentKind.TEXT

    def build(self, dice: random.Random) -> bytes:
        """One update."""
        chosen = dice.sample([*self._clients, 500, 501, 0xFFFF_FFF0], dice.choice((1, 1, 2, 3)))
        reached: dict[int, int] = {}
        sections = [self._section(dice, client, reached) for client in chosen]
        return update(sections, self._deletions(dice))

    def _section(self, dice: random.Random, client: int, reached: dict[int, int]) -> tuple[int, int, list[bytes]]:
        start = self._base.state.get(client, 0)
        chance = dice.random()
        if chance < 0.2 and start:
            start = dice.randrange(start)
        elif chance < 0.22:
            start += dice.randrange(1, 4)
        elif chance < 0.23:
            start = dice.choice((2**31 - 2, 2**32 - 1, 2**32 - 3))
        clock = start
        structs = []
        for _ in range(dice.choice((1, 1, 2, 3, 5, 9))):
            made, length = self._struct(dice, client, clock, reached)
            structs.append(made)
            clock += length
        reached[client] = clock
        return client, start, structs

    def _struct(self, dice: random.Random, client: int, clock: int, reached: Mapping[int, int]) -> tuple[bytes, int]:
        ref, content, length = self._content(dice)
        left = self._id(dice, reached) if dice.random() < 0.7 else None
        right = self._id(dice, reached) if dice.random() < (0.6 if self._is_text else 0.02) else None
        if clock and dice.random() < 0.3:
            left = (client, clock - 1)
        if dice.random() < 0.01:
            left = (client, clock)
        key = (
            None
            if self._is_text
            else dice.choice(("main", "a-1", "new", "", "x" * 65, "é"))
            if dice.random() < 0.3
            else "main"
        )
        if self._is_text and dice.random() < 0.01:
            key = "k"
        name = CONTENT if self._is_text else DOCUMENTS
        root = root_name(name)
        if dice.random() < 0.02:
            other = self._id(dice, reached)
            root = dice.choice(
                (root_name("other"), root_name(""), b"\x00" + write_var_uint(other[0]) + write_var_uint(other[1]))
            )
        return struct(ref, content, root=root, left=left, right=right, key=key), length

    def _content(self, dice: random.Random) -> tuple[int, bytes, int]:
        """(kind, bytes, clocks)."""
        chance = dice.random()
        if chance < 0.2:
            length = dice.choice((1, 2, 9, 2**16))
            return 1, write_var_uint(length), length
        if chance < 0.23:
            return (
                dice.choice((2, 3, 5, 6, 7, 9, 10, 11)),
                write_var_uint(dice.choice((1, 2))) + write_var_string("a"),
                1,
            )
        if self._is_text != (chance < 0.25):
            text = dice.choice(LETTERS)
            return 4, write_var_string(text), len(text.encode("utf-16-le")) // 2
        count = dice.choice((1, 1, 1, 1, 2))
        return 8, write_var_uint(count) + b"".join(any_value(dice) for _ in range(count)), count

    def _id(self, dice: random.Random, reached: Mapping[int, int]) -> Id:
        if reached and dice.random() < 0.35:
            client = dice.choice(list(reached))
            return client, max(0, reached[client] - 1 - dice.randrange(3))
        if dice.random() < 0.05:
            return dice.choice((500, 501, 0xFFFF_FFF0)), dice.randrange(4)
        client = dice.choice(self._clients)
        known = self._base.state[client]
        return client, known + dice.randrange(5) if dice.random() < 0.02 else dice.randrange(known)

    def _deletions(self, dice: random.Random) -> bytes:
        ranges = []
        for client in dice.sample(self._clients, min(len(self._clients), dice.choice((0, 0, 1, 2)))):
            known = self._base.state[client]
            start = dice.randrange(known)
            length = dice.choice((1, 2, 5, known - start))
            ranges.append(write_var_uint(client) + b"\x01" + write_var_uint(start) + write_var_uint(length))
        return write_var_uint(len(ranges)) + b"".join(ranges)


def state_vectors(base: Base) -> list[bytes]:
    """Real ones, to be mutated."""
    half = {client: clock // 2 for client, clock in base.state.items()}
    return [encode_state_vector({}), encode_state_vector(base.state), encode_state_vector(half)]


def awareness_updates() -> list[bytes]:
    """Real ones, to be mutated."""
    one = Awareness(5)
    state = {"user": {"name": "é😀", "color": "#fff"}, "cursor": {"anchor": {"item": {"client": 1, "clock": 2}}}}
    out = [one.set_local(state, 0.0), one.set_local({}, 1.0), one.set_local(None, 2.0)]
    texts = (
        '{"a":"\\ud83d"}',
        "NaN",
        '"text"',
        "9" * 4_000,
        "[" * 3_000 + "]" * 3_000,
        '{"a":' * 700 + "1" + "}" * 700,
    )
    out += [write_var_uint(1) + write_var_uint(9) + write_var_uint(1) + write_var_string(text) for text in texts]
    out.append(write_var_uint(1) + write_var_uint(9) + write_var_uint(2**40) + write_var_bytes(b"{}"))
    return out
