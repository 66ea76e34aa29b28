"""What other programs did to a file, as edits of the shared text; and which files they moved. Pure.

A file on the disk is one more replica without a protocol: the last text that it and the room had in common is its base.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pair_ls.text import Delta, difference, merge_three_way


@dataclass(frozen=True, slots=True)
class Settled:
    """`text` is what both have when the room has made `room_edits` and the disk was written, if `is_written`."""

    text: str
    room_edits: Delta
    is_written: bool


def settle(*, base: str, disk: str, room: str) -> Settled:
    """Bring a changed file and a changed shared text together: both sides' changes to `base` are kept."""
    if disk == base:
        return Settled(room, (), is_written=room != disk)
    text = merge_three_way(base, disk, room)
    return Settled(text, difference(room, text), is_written=text != disk)


def find_moves(vanished: Mapping[str, bytes], appeared: Mapping[str, bytes]) -> dict[str, str]:
    """old path -> new path of files that were moved: gone here, there with the same content. Maps are path -> digest.

    Where several have the same content, equal names go first, then the order of paths.
    """
    moves: dict[str, str] = {}
    free = dict(sorted(appeared.items()))
    for is_name_equal in (True, False):
        for old, digest in sorted(vanished.items()):
            if old in moves:
                continue
            new = next(
                (p for p, d in free.items() if d == digest and (not is_name_equal or _name(p) == _name(old))), None
            )
            if new is not None:
                moves[old] = new
                del free[new]
    return moves


def _name(path: str) -> str:
    return path.rpartition("/")[2]
