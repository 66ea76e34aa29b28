"""The names of things in a room. All are made by a shell or by the hub's room; a core never invents one from dice."""

import re
from typing import NewType

RoomId = NewType("RoomId", str)  # secrets.token_urlsafe(16) or longer: knowing it may be the only right somebody has
DocumentId = NewType("DocumentId", str)  # [A-Za-z0-9_-]{1,64}, or INDEX; it is not the path, so a rename loses nothing
ParticipantId = NewType("ParticipantId", str)
ConnectionId = NewType("ConnectionId", int)

INDEX = DocumentId("")
"""The document that maps document ids to paths. On the wire the same empty id also stands for the room as a whole."""

MAIN = DocumentId("main")
"""The document that single-document clients (stock Yjs, simple JSON) see."""

ANONYMOUS = ParticipantId("anonymous")
PERSON = "p:"
"""What the id of a participant starts with who has shown a secret: the same person on all its connections."""
INVITED = "i:"
"""What it starts with for one who has shown an invite only."""

_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def is_document_id(text: str) -> bool:
    """Whether `text` may name a document (the index is not a document in this sense)."""
    return _DOCUMENT_ID.match(text) is not None
