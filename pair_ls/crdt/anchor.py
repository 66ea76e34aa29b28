"""Anchors: positions that survive everybody's edits. At the wire they are Yjs relative positions, as all clients use.

Shape: {"type": null, "tname": "content", "item": {"client", "clock"} or null, "assoc": 0 or -1}. With assoc 0 an anchor
stays before the character that `item` names (null: at the text's end), with -1 behind it (null: at its start).
Source: yjs src/utils/RelativePosition.js.
"""

import json
from collections.abc import Mapping
from typing import Any

from pair_ls.crdt.schema import CONTENT
from pair_ls.crdt.shared_text import SharedText

Anchor = dict[str, Any]
"""JSON as it travels in awareness. Any: what comes from other clients is only believed after a look at each value."""


def anchor_at(shared: SharedText, offset: int, *, assoc: int = 0) -> Anchor:
    """The anchor of an offset (clamped to the text): before the next character (0) or behind the one before (-1)."""
    offset = max(0, min(offset, len(shared.lines)))
    character = offset if assoc >= 0 else offset - 1
    item = None
    if 0 <= character < len(shared.lines):
        # A character of two units is named by its first before it, and by its last behind it.
        unit = shared.lines.utf16_offset(offset) - (assoc < 0)
        item = json.loads(shared.positions().sticky_index(unit, before=False))["item"]
    return {"type": None, "tname": CONTENT, "item": item, "assoc": 0 if assoc >= 0 else -1}


def offset_of(shared: SharedText, anchor: object) -> int | None:
    """Where an anchor is now. None: it is no anchor in this text, or names text that has not arrived yet."""
    match anchor:
        case {"item": {"client": int(client), "clock": int(clock)}, **others}:
            if not 0 <= clock < shared.document.state().get(client, 0):
                return None
            item = {"client": int(client), "clock": int(clock)}
            native_anchor = json.dumps({"item": item, "assoc": -1 if _is_behind(others) else 0})
            return shared.lines.offset_of_utf16(shared.positions().sticky_offset(native_anchor))
        case {"tname": str(name), **others} if name == CONTENT and others.get("item") is None:
            return 0 if _is_behind(others) else len(shared.lines)
        case _:
            return None


def _is_behind(anchor: Mapping[Any, Any]) -> bool:
    return anchor.get("assoc") == -1
