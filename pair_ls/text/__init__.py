"""Text and how it changes: positions, edits, differences, deltas. Standard library only, no I/O."""

from pair_ls.text.delta import Delta, apply, compose, invert, map_offset, normalize, transform
from pair_ls.text.difference import difference, single_difference
from pair_ls.text.edit import ContentChange, Edit, Position, Range, TextEdit, apply_edits
from pair_ls.text.line_index import LineIndex
from pair_ls.text.merge import merge_three_way
from pair_ls.text.position_encoding import PositionEncoding, replace_lone_surrogates, units

__all__ = [
    "ContentChange",
    "Delta",
    "Edit",
    "LineIndex",
    "Position",
    "PositionEncoding",
    "Range",
    "TextEdit",
    "apply",
    "apply_edits",
    "compose",
    "difference",
    "invert",
    "map_offset",
    "merge_three_way",
    "normalize",
    "replace_lone_surrogates",
    "single_difference",
    "transform",
    "units",
]
