"""Who wrote which line."""

import random

from pair_ls.crdt.anchor import anchor_at
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.hub.authorship import line_authors, rebuild
from pair_ls.storage import StoredDocument, StoredUpdate
from pair_ls.text import Edit


def stored(*written: tuple[str, bytes]) -> StoredDocument:
    """These updates with their authors."""
    rows = (StoredUpdate("r", "main", n + 1, author, 0.0, update) for n, (author, update) in enumerate(written))
    return StoredDocument(None, tuple(rows))


def test_a_participant_may_write_under_any_client_id() -> None:
    for client in (0, 1, 2**53 - 1):
        writer = SharedText(ClientId(client))
        document = rebuild(stored(("p:ann", writer.edit([Edit(0, 0, "é\n😀")]))))
        assert (document.text(), line_authors(document)) == ("é\n😀", ("p:ann", "p:ann"))


def test_empty_lines_are_nobodys_and_indents_do_not_count() -> None:
    ann, bob = SharedText(ClientId(7)), SharedText(ClientId(8))
    first = ann.edit([Edit(0, 0, "\n  \u2003\nx😀")])
    bob.merge(first)
    second = bob.edit([Edit(6, 6, "y\n"), Edit(7, 7, "\n")])
    document = rebuild(stored(("p:ann", first), ("", second)))
    assert document.text() == bob.text
    assert line_authors(document) == ("", "", "p:ann", "p:ann", "")


def test_authors_are_those_whom_the_anchors_name() -> None:
    dice = random.Random(5)
    texts = [SharedText(ClientId(dice.getrandbits(32))) for _ in range(3)]
    owners = {text.client_id: f"p:{number}" for number, text in enumerate(texts)}
    written = []
    for _ in range(300):
        text = dice.choice(texts)
        start = dice.randrange(len(text.lines) + 1)
        end = min(len(text.lines), start + dice.choice((0, 0, 3)))
        update = text.edit([Edit(start, end, dice.choice(("a", "\n", "é\n", "😀 ", "  b\n")))])
        for other in texts:
            if other is not text:
                other.merge(update)
        written.append((owners[text.client_id], update))
    expected = []
    at = 0
    for line in texts[0].text.split("\n"):
        item = anchor_at(texts[0], at + len(line) - len(line.lstrip()))["item"]
        expected.append(owners[item["client"]] if line.strip() else "")
        at += len(line) + 1
    assert line_authors(rebuild(stored(*written))) == tuple(expected)
