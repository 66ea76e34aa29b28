"""What becomes of an open file whose text differs from the room's when the two meet. Pure.

opened   the text with which the editor opened the file
mine     the editor's text now: `opened` and what the user typed since
room     the room's text
base     the last text that this folder and the room had in common, if known

room == mine?     nothing to do
base known?       both sides' edits on it, merged
room is empty?    mine: an empty room never empties a file
room == opened?   mine: only we typed since
file was empty?   the room's text and what was typed since
else              the person chooses: the room's, mine, or both merged
"""

from dataclasses import dataclass
from typing import assert_never

from pair_ls.editor.join_policy import OnConflict, keep_both
from pair_ls.text import merge_three_way


@dataclass(frozen=True, slots=True)
class Meeting:
    """`text` is what both have from now on; `replaces_file`: save the editor's text first and tell the user."""

    text: str
    replaces_file: bool = False


def reconcile(*, opened: str, mine: str, room: str, base: str | None, side: OnConflict) -> Meeting | None:
    """What file and room agree on; None: they differ and `side` is ASK. What was typed since opening stays, always."""
    if mine == room:
        return Meeting(room)
    if base is not None:
        return Meeting(merge_three_way(base, mine, room))
    if not room or room == opened:
        return Meeting(mine)
    if not opened:
        return Meeting(merge_three_way(opened, mine, room))
    match side:
        case OnConflict.ASK:
            return None
        case OnConflict.ROOM:
            return Meeting(merge_three_way(opened, mine, room), replaces_file=True)
        case OnConflict.MINE:
            return Meeting(mine)
        case OnConflict.MERGE:
            return Meeting(keep_both(mine, room), replaces_file=True)
        case _:
            assert_never(side)
