"""Helpers of these tests: replicas that type at random, and updates written by hand."""

import random
from collections.abc import Sequence

from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_text import SharedText
from pair_ls.text.edit import Edit

AWKWARD = ("a", "bc\n", "é", "漢字", "😀", "e\u0301", "\u2028", "\x0c", "\r\n", "")


def new_client_id(dice: random.Random) -> ClientId:
    return ClientId(dice.getrandbits(32))


def new_hub() -> SharedDocument:
    return SharedDocument(client_id=ClientId(1), kind=DocumentKind.TEXT)


def random_edits(dice: random.Random, length: int, most: int = 3) -> list[Edit]:
    """Disjoint, ascending, some touching, some empty."""
    borders = sorted(dice.randrange(length + 1) for _ in range(2 * dice.randint(1, most)))
    return [
        Edit(start, min(end, start + 4), "".join(dice.choices(AWKWARD, k=dice.randrange(3))))
        for start, end in zip(borders[::2], borders[1::2], strict=True)
    ]


def typed(texts: Sequence[str], client_id: int = 0x9ABCDEF1) -> list[bytes]:
    """The updates of one who writes these texts one after the other at the end."""
    writer = SharedText(ClientId(client_id))
    return [writer.edit([Edit(len(writer.lines), len(writer.lines), text)]) for text in texts]
