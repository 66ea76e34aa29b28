"""A document as it was, and who wrote which line. Pure; takes as long as the document is, so call it in a thread."""

from pair_ls.crdt.anchor import anchor_at
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_text import SharedText
from pair_ls.storage import StoredDocument

_READER = ClientId(1)


def rebuild(stored: StoredDocument) -> SharedText:
    """The text that the stored updates make. Raises RefusedBytes, MissingUpdates or Poisoned if they are damaged."""
    shared = SharedText(_READER)
    if stored.checkpoint is not None:
        shared.merge(stored.checkpoint.state)
    for each in stored.updates:
        shared.merge(each.update)
    return shared


def owners_of(stored: StoredDocument) -> dict[int, str]:
    """Yjs client id -> author: as the checkpoint knew, and as the updates after it show."""
    owners = dict(stored.checkpoint.owners) if stored.checkpoint is not None else {}
    reader = SharedDocument(client_id=_READER, kind=DocumentKind.TEXT)
    state = [(stored.checkpoint.state, None)] if stored.checkpoint is not None else []
    reader.load([*state, *((each.update, each.author) for each in stored.updates)], owners)
    return dict(reader.owners)


def line_authors(shared: SharedText, owners: dict[int, str]) -> tuple[str, ...]:
    """For each line the author of its first visible character; "" for an empty line or one of nobody known."""
    authors = []
    offset = 0
    for line in shared.text.split("\n"):
        indent = len(line) - len(line.lstrip())
        item = anchor_at(shared, offset + indent)["item"] if line.strip() else None
        authors.append(owners.get(item["client"], "") if item else "")
        offset += len(line) + 1
    return tuple(authors)
