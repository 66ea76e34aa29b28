"""Three-way merge for an editor whose language server was started anew while it went on. Pure.

An ordinary merge would take what was typed since `shown` twice: it is in the buffer, and most of it had reached the
room before the server died. Here buffer and room are compared with each other, which differ in the last second only;
`shown` just tells of what only one of them has whether it is new there or was deleted by the other.
"""

from collections import Counter
from collections.abc import Collection

from pair_ls.editor.character_difference import character_difference
from pair_ls.text import Delta, Edit, apply_edits
from pair_ls.text.sequence_difference import Hunk, few_hunks, hunks

_MOST_DIFFERENCES = 400

_Letter = str  # a character that is new, or one with the number that tells where it was in `shown`


def merge_after_restart(shown: str, mine: str, room: str) -> str:
    """`shown` is the last text known to have been in both; `mine` the editor's now. Nothing new is lost.

    Two who typed the same at the same place meanwhile end with one of it; that is the price.
    """
    my_delta, room_delta = _difference(shown, mine), _difference(shown, room)
    edits = sorted((*my_delta, *room_delta), key=lambda edit: edit.start)
    if not edits:
        return shown
    start, end = edits[0].start, max(edit.end for edit in edits)
    letters, others = _letters(my_delta, shown, start, end), _letters(room_delta, shown, start, end)
    # Equal letters are more likely the same if they were the same in `shown`; but where many are equal, which one of
    # them an editor's letter was is a guess. Of both ways the one that doubles less is right.
    plain = _plain(letters), _plain(others)
    ways = [_merge(letters, others, _anchored(letters, others)), _merge(letters, others, _anchored(*plain))]
    single = {letter for letter in {*plain[0], *plain[1]} if plain[0].count(letter) < 2 > plain[1].count(letter)}
    best = min(ways, key=lambda way: (sum(way.count(letter) > 1 for letter in single), len(way)))
    return shown[:start] + best + shown[end:]


def merge_after_reset(shown: str, mine: str, room: str) -> str:
    """The same for a replica that was found to be wrong: what it has is kept, what it lacks was not deleted by anybody.

    A deletion that had not reached the room yet is lost; a person can do that again.
    """
    single = {letter for letter in {*mine, *room} if mine.count(letter) < 2 > room.count(letter)}
    there = {letter for letter in single if letter in shown and letter in mine and letter in room}
    ways = [
        merge_after_restart(shown, _with_what_is_new(shown, mine), room),
        _with_what_is_new(room, mine, but=there),
    ]
    return min(ways, key=lambda way: sum(way.count(letter) > 1 for letter in single))


def _with_what_is_new(text: str, newer: str, *, but: Collection[str] = ()) -> str:
    """`but` are letters that are no news, though they seem to have moved."""
    inserted = (
        Edit(edit.end, edit.end, "".join(letter for letter in edit.new_text if letter not in but))
        for edit in _difference(text, newer)
    )
    return apply_edits(text, [edit for edit in inserted if edit.new_text])


def _difference(before: str, after: str) -> Delta:
    return character_difference(before, after, most=_MOST_DIFFERENCES)


def _letters(delta: Delta, shown: str, start: int, end: int) -> list[_Letter]:
    """What a delta makes of a part of `shown` that holds all its edits."""
    result: list[_Letter] = []
    at = start
    for edit in (*delta, Edit(end, end, "")):
        result += [f"{shown[offset]}{offset}" for offset in range(at, edit.start)]
        result += edit.new_text
        at = edit.end
    return result


def _plain(letters: list[_Letter]) -> list[_Letter]:
    return [letter[0] for letter in letters]


def _merge(mine: list[_Letter], room: list[_Letter], differences: list[Hunk]) -> str:
    """What is new on either side, what is the same once, nothing that one side deleted."""
    both = set(mine) & set(room)
    pieces: list[_Letter] = []
    at = 0
    for hunk in differences:
        pieces += mine[at : hunk.old_start]
        pieces += _left_of(mine[hunk.old_start : hunk.old_end], room[hunk.new_start : hunk.new_end], both)
        at = hunk.old_end
    return "".join(letter[0] for letter in [*pieces, *mine[at:]])


def _left_of(mine: list[_Letter], room: list[_Letter], both: set[_Letter]) -> list[_Letter]:
    """Mine before the room's. What both have of old stays where mine is.

    Old letters that are equal are one, though two like it were taken for its origin.
    """
    my_old, room_old = ([letter[0] for letter in side if len(letter) > 1] for side in (mine, room))
    deleted = {number for hunk in _hunks(my_old, room_old) for number in range(hunk.old_start, hunk.old_end)}
    kept: list[_Letter] = []
    number = 0
    for letter in mine:
        if len(letter) == 1 or letter in both or number not in deleted:
            kept.append(letter)
        number += len(letter) > 1
    return kept + [letter for letter in room if len(letter) == 1]


def _hunks(mine: list[_Letter], room: list[_Letter]) -> list[Hunk]:
    found = few_hunks(mine, room, _MOST_DIFFERENCES)
    return list(hunks(mine, room)) if found is None else found


def _anchored(mine: list[_Letter], room: list[_Letter]) -> list[Hunk]:
    """What differs; letters that either side has just once come first, or spaces would outvote them."""
    my_count, room_count = Counter(mine), Counter(room)
    my_places, room_places = (
        [at for at, letter in enumerate(side) if my_count[letter] == room_count[letter] == 1] for side in (mine, room)
    )
    found = _hunks([mine[at] for at in my_places], [room[at] for at in room_places])
    differs_in_mine = {number for hunk in found for number in range(hunk.old_start, hunk.old_end)}
    differs_in_room = {number for hunk in found for number in range(hunk.new_start, hunk.new_end)}
    my_anchors = [at for number, at in enumerate(my_places) if number not in differs_in_mine]
    room_anchors = [at for number, at in enumerate(room_places) if number not in differs_in_room]
    result: list[Hunk] = []
    i = j = 0
    for my_at, room_at in zip([*my_anchors, len(mine)], [*room_anchors, len(room)], strict=True):
        result += [hunk.moved(i, j) for hunk in _hunks(mine[i:my_at], room[j:room_at])]
        i, j = my_at + 1, room_at + 1
    return result
