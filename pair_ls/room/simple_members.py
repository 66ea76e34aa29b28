"""The simple clients of one document: who is to be shown the text, and where others' carets are. Pure."""

from collections.abc import Callable

from pair_ls.room.attachment import Attachment
from pair_ls.room.document_awareness import News, parse_state
from pair_ls.room.effects import RoomEffect, SendText
from pair_ls.room.simple_messages import simple_text

RoomState = Callable[[Attachment, str, int], str]
"""The first message to a simple client, with the code and its version."""


class SimpleMembers:
    """`attachments` are those that get what is relayed; all of them have a `simple`."""

    __slots__ = ("_author", "attachments")

    def __init__(self) -> None:
        self.attachments: tuple[Attachment, ...] = ()
        self._author: str | None = None  # of what changed since the text was last shown; "" for several

    @property
    def has_unshown(self) -> bool:
        """Whether one of them waits for its text."""
        return any(a.simple is not None and not a.simple.is_shown for a in self.attachments)

    def changed_by(self, origin: Attachment | None) -> None:
        """The text has changed; None: the hub or several have."""
        author = "" if origin is None else origin.participant_id
        self._author = author if self._author in (None, author) else ""

    def show(self, room_id: str, room_state: RoomState) -> list[RoomEffect]:
        """The text to each whose screen has another."""
        author, self._author = self._author or "", None
        effects: list[RoomEffect] = []
        for attachment in self.attachments:
            simple = attachment.simple
            if simple is None or simple.is_shown:
                continue
            is_first = simple.version == 0
            code = simple.show()
            if is_first:
                text = room_state(attachment, code, simple.version)
            else:
                text = simple_text("code_update", room_id, author, {"code": code, "version": simple.version})
            effects.append(SendText((attachment.connection,), text))
        return effects

    def show_carets(self, news: News, room_id: str) -> list[RoomEffect]:
        """Carets that have moved, to all but whose they are."""
        effects: list[RoomEffect] = []
        for attachment in self.attachments:
            if attachment.simple is None or attachment.connection == news.but:
                continue
            for state in map(parse_state, news.states):
                position = None if state is None else attachment.simple.caret_of(state)
                if state is not None and position is not None:
                    user = state["user"]
                    data = {"cursorPosition": position, "name": user["name"], "color": user["color"]}
                    text = simple_text("cursor_update", room_id, user["participantId"], data)
                    effects.append(SendText((attachment.connection,), text))
        return effects
