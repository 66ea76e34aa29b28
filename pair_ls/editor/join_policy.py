"""What becomes of a file on the disk and its document in the room when the two meet. Pure; one function is the policy.

Promises: equal texts are bound as they are; an empty room never empties a file; with a known common text both sides'
changes are kept; whatever differs otherwise is for a person to choose. Who carries it out backs up first.
"""

import enum
from dataclasses import dataclass

from pair_ls.text import merge_three_way
from pair_ls.text.sequence_difference import hunks


class OnConflict(enum.Enum):
    """What to do where a file and the room differ and no common text is known."""

    ROOM = "room"
    MINE = "mine"
    MERGE = "merge"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Agreed:
    """`text` is what both have from now on; `loses_mine`: not all of the disk's text is in it, so it needs a backup."""

    text: str
    loses_mine: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to choose; then call again with the answer."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The file was here and is gone: it was deleted while nobody looked."""


Decision = Agreed | Ask | Missing


def decide(*, mine: str | None, room: str, base: str | None, on_conflict: OnConflict) -> Decision:
    """`mine` is the disk's text (None: no file), `base` the last one in common with the room (None: not known)."""
    if mine is None:
        return Agreed(room) if base is None else Missing()
    if mine == room:
        return Agreed(room)
    if base is not None:
        return Agreed(merge_three_way(base, mine, room), loses_mine=mine != base)
    if not room:
        return Agreed(mine)
    if not mine:
        return Agreed(room)
    match on_conflict:
        case OnConflict.ROOM:
            return Agreed(room, loses_mine=True)
        case OnConflict.MINE:
            return Agreed(mine)
        case OnConflict.MERGE:
            return Agreed(keep_both(mine, room), loses_mine=True)
        case OnConflict.ASK:
            return Ask()


def keep_both(mine: str, room: str) -> str:
    """A merge without a common text: whole lines that only one of them has stay, mine before the room's."""
    my_lines, room_lines = mine.split("\n"), room.split("\n")
    merged: list[str] = []
    at = 0
    for hunk in hunks(my_lines, room_lines):
        merged += my_lines[at : hunk.old_end]
        merged += room_lines[hunk.new_start : hunk.new_end]
        at = hunk.old_end
    return "\n".join(merged + my_lines[at:])
