"""How a participant looks to others: a name fit for a screen, a color that is one. Pure."""

import re
import unicodedata
import zlib

_MOST_CHARACTERS = 64
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_PALETTE = (
    "#30bced",
    "#6eeb83",
    "#ffbc42",
    "#e06c75",
    "#ee6352",
    "#9ac2c9",
    "#8acb88",
    "#c678dd",
    "#1be7ff",
    "#d19a66",
)
_UNSEEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def clean_name(name: object) -> str:
    """The name without control, format and bidirectional characters, cut to a sensible length; "" if it is none."""
    if not isinstance(name, str):
        return ""
    seen = "".join(" " if unicodedata.category(c) in _UNSEEN_CATEGORIES else c for c in name[: 4 * _MOST_CHARACTERS])
    return " ".join(seen.split())[:_MOST_CHARACTERS]


def clean_color(color: object, *, otherwise_of: str) -> str:
    """`color` if it is "#rrggbb", else one that always is the same for `otherwise_of`."""
    if isinstance(color, str) and _COLOR.match(color):
        return color
    return _PALETTE[zlib.crc32(otherwise_of.encode("utf-8", "replace")) % len(_PALETTE)]
