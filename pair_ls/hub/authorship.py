"""A document as it was, and who wrote which line. Pure; takes as long as the document is, so call it in a thread."""

from pair_ls.crdt.ascii_twin import spell_by_client
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.storage import StoredDocument
from pair_ls.text import PositionEncoding, units

_READER = ClientId(1)  # also if a participant writes under this id: a reader writes nothing
_LETTERS = range(0x100, 0xD800)  # one UTF-16 unit each


def rebuild(stored: StoredDocument) -> SharedDocument:
    """The document that the stored updates make, with its owners: as the checkpoint knew, and as the updates show.

    Raises RefusedBytes, MissingUpdates or Poisoned if they are damaged.
    """
    shared = SharedDocument(client_id=_READER, kind=DocumentKind.TEXT)
    checkpoint = stored.checkpoint
    state = [] if checkpoint is None else [(checkpoint.state, None)]
    owners = None if checkpoint is None else checkpoint.owners
    shared.load([*state, *((each.update, each.author) for each in stored.updates)], owners)
    return shared


def line_authors(shared: SharedDocument) -> tuple[str, ...]:
    """For each line the author of its first visible character; "" for an empty line or one of nobody known."""
    letter_of = {author: chr(letter) for author, letter in zip(set(shared.owners.values()), _LETTERS, strict=False)}
    author_of = {letter: author for author, letter in letter_of.items()}
    letters = {client: letter_of[author] for client, author in shared.owners.items() if author in letter_of}
    spelled = spell_by_client(shared, letters)
    authors = []
    at = 0
    for line in shared.text().split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        first = at + units(indent, PositionEncoding.UTF16)
        authors.append(author_of.get(spelled[first], "") if line.strip() else "")
        at += units(line, PositionEncoding.UTF16) + 1
    return tuple(authors)
