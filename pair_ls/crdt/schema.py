"""What a shared document may hold: one flat root, nothing nested. That is what makes foreign bytes checkable."""

import enum
from typing import NewType

ClientId = NewType("ClientId", int)
"""A replica's number at the wire: random, 32 bit, drawn anew for each replica, never derived from a user or a file.

The same number used twice makes documents differ for ever; more than 32 bits would make every update a third longer.
"""

CONTENT = "content"
"""The root of a text document: a Y.Text of plain strings."""

DOCUMENTS = "documents"
"""The root of a room's index: a Y.Map from document id to one JSON object of strings."""


class DocumentKind(enum.Enum):
    """A text that people edit, or the index of a room's documents."""

    TEXT = CONTENT
    INDEX = DOCUMENTS
