"""What an editor asks: complete here, for a popup or as ghost text. Pure."""

import enum
from dataclasses import dataclass
from typing import NewType

RequestId = NewType("RequestId", int)


class Door(enum.Enum):
    """Where the answer is shown. A popup wants many names at once, ghost text one continuation or none."""

    ITEMS = "items"
    INLINE = "inline"


class Trigger(enum.Enum):
    """Why the editor asks."""

    AUTOMATIC = "automatic"  # while typing
    INVOKED = "invoked"  # the user asked for it: no pacing, low thresholds


@dataclass(frozen=True, slots=True)
class Request:
    """`prefix` and `suffix` are the document around the cursor, LF only. `reason_off` says why nothing may be sent.

    `word` is the part of a name before the cursor. `selected` is the popup's chosen item when it goes on from the text
    at the cursor: the editor wants a continuation of that, so it is already part of `prefix`.
    """

    id: RequestId
    uri: str
    language_id: str
    prefix: str
    suffix: str
    door: Door
    trigger: Trigger = Trigger.AUTOMATIC
    word: str = ""
    reason_off: str = ""
