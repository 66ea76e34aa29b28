"""A simple client's share in a document: a replica in the hub that turns whole texts into edits. Pure.

Such a client sends its whole text and knows nothing of others' changes that are still on their way to it. So this
keeps the texts that the client may be looking at, each with what has changed since; what the client sends is merged
as its difference to one of those, moved over the changes. Nobody's text is lost, whoever types at once.
"""

from typing import Any, NamedTuple

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.text import (
    Delta,
    Edit,
    PositionEncoding,
    compose,
    difference,
    map_offset,
    replace_lone_surrogates,
    single_difference,
    transform,
)

_MOST_VIEWS = 64  # at 20 a second: a client may be three seconds behind
_MOST_CHARACTERS = 4 << 20  # of all views together; one is always kept


class View(NamedTuple):
    """A text that the client was sent or has sent itself, and how to come from it to the shared text."""

    version: int
    text: str
    since: Delta


class SimpleClient:
    """Its updates and the room's meet in `shared`. `version` counts what the client was sent."""

    __slots__ = ("_is_owed", "_views", "cursor", "shared", "version")

    def __init__(self, client_id: ClientId) -> None:
        self.shared = SharedText(client_id)
        self.version = 0
        self.cursor: int | None = None  # its caret, a code point offset in the shared text
        self._views: list[View] = []
        self._is_owed = False

    @property
    def is_shown(self) -> bool:
        """Whether the client has been sent the shared text as it is now, or has sent just that."""
        return bool(self._views) and not self._views[-1].since and not self._is_owed

    def show(self) -> str:
        """The shared text, to be sent now as the next `version`."""
        self.version += 1
        self._is_owed = False
        text = self.shared.text
        self._views.append(View(self.version, text, ()))
        while len(self._views) > 1 and (
            len(self._views) > _MOST_VIEWS or sum(len(view.text) for view in self._views) > _MOST_CHARACTERS
        ):
            del self._views[0]
        return text

    def merge(self, update: bytes) -> None:
        """Others' change, durable already. Raises what `SharedText.merge` raises."""
        self._moved(self.shared.merge(update))

    def replace(self, code: str, version: int | None) -> bytes:
        """The client's whole text, written on top of `version` (None: it does not say of which). Gives the update."""
        code = shared_form(code)
        seen = self._seen(code, version)
        view = self._views[seen]
        mine = difference(view.text, code)
        rebased = transform(mine, view.since, before=False)
        update = self.shared.edit(rebased) if rebased else b""
        later = [v._replace(since=compose(v.since, rebased)) for v in self._views[seen + 1 :]]
        self._views = [View(view.version, code, transform(view.since, mine, before=True)), *later]
        return update

    def begin_with(self, code: str) -> bytes:
        """The first content of a document that never had any; gives the update."""
        code = shared_form(code)
        return self.shared.edit((Edit(0, 0, code),)) if code else b""

    def refuse(self) -> None:
        """What the client has written is not taken: it is to be shown the shared text, as a new version."""
        self._is_owed = True

    def move_cursor(self, cursor_position: int, *, own: bool) -> None:
        """The caret, in UTF-16 units of the text that the client has just written (`own`), or was sent last."""
        view = self._views[0 if own else -1]
        self.cursor = map_offset(code_point_offset(view.text, cursor_position), view.since, stick_right=True)

    def cursor_anchors(self) -> dict[str, Any]:
        """The caret as awareness shows it to others."""
        anchor = anchor_at(self.shared, self.cursor or 0)
        return {"anchor": anchor, "head": anchor}

    def caret_of(self, state: dict[str, Any]) -> int | None:
        """Where another's caret is, in UTF-16 units; stock bindings say `cursor` or `selection`."""
        place = state.get("cursor") or state.get("selection")
        offset = offset_of(self.shared, place.get("head")) if isinstance(place, dict) else None
        return None if offset is None else self.shared.lines.utf16_offset(offset)

    @property
    def line(self) -> int | None:
        """The line of the caret, from 0."""
        if self.cursor is None:
            return None
        return self.shared.lines.position(min(self.cursor, len(self.shared.lines)), PositionEncoding.UTF16).line

    def _seen(self, code: str, version: int | None) -> int:
        """Which view the client has changed: the one it names, else the one that its text is nearest to."""
        numbers = [index for index, view in enumerate(self._views) if view.version == version]
        if numbers:
            return numbers[0]
        sizes = [(_size(single_difference(view.text, code)), -index) for index, view in enumerate(self._views)]
        return -min(sizes)[1]

    def _moved(self, edits: tuple[Edit, ...]) -> None:
        if edits:
            if self.cursor is not None:
                self.cursor = map_offset(self.cursor, edits, stick_right=True)
            self._views = [view._replace(since=compose(view.since, edits)) for view in self._views]


def shared_form(code: str) -> str:
    """A simple client's text as the shared text may hold it: line ends are \\n, no half of a surrogate pair, no NUL."""
    return replace_lone_surrogates(code).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def code_point_offset(text: str, utf16_units: int) -> int:
    """The code point offset for a count of UTF-16 units, inside the text."""
    if text.isascii():
        return max(0, min(utf16_units, len(text)))
    left = utf16_units
    for offset, character in enumerate(text):
        left -= 2 if character > "\uffff" else 1
        if left < 0:
            return offset
    return len(text)


def _size(edit: Edit | None) -> int:
    return 0 if edit is None else edit.end - edit.start + len(edit.new_text)
