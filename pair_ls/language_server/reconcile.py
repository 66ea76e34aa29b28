"""What becomes of a file whose text differs from the room's when the two meet. One function holds the policy. Pure.

opened   the text with which the editor opened the file
mine     the editor's text now: `opened` and what the user typed since
room     the room's text
base     the last text that this folder and the room had in common, if known

room == mine?     nothing to do
base known?       both sides' edits on it, merged
room is empty?    mine: an empty room never empties a file
room == opened?   mine: only we typed since
else              the room's text and what was typed since, after a backup
"""

from dataclasses import dataclass

from pair_ls.text import merge_three_way


@dataclass(frozen=True, slots=True)
class Meeting:
    """`text` is what both have from now on; `replaces_file`: save the editor's text first and tell the user."""

    text: str
    replaces_file: bool = False


def reconcile(*, opened: str, mine: str, room: str, base: str | None) -> Meeting:
    """The text that file and room agree on. What was typed since the file was opened stays, whichever side prevails."""
    if mine == room:
        return Meeting(room)
    if base is not None:
        return Meeting(merge_three_way(base, mine, room))
    if not room or room == opened:
        return Meeting(mine)
    return Meeting(merge_three_way(opened, mine, room), replaces_file=bool(opened))
