"""Carries out what a binding asks for, and tells it what came of it. The way of every keystroke through this process.

    editor_changed --> binding --EditShared--> room link (or the document's own text while it is not in the room)
    room's change  --> binding --ApplyEdit---> editor --answer--> binding

One call is worked off completely before the next: effects are carried out in their order, nothing waits.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, assert_never

from pair_ls.editor import (
    ApplyEdit,
    Barrier,
    BindingEffect,
    DriftRepaired,
    EditShared,
    WakeAt,
)
from pair_ls.language_server.convert import OWN_REQUEST_PREFIX, configuration_request
from pair_ls.language_server.documents import OpenDocument
from pair_ls.language_server.editor_client import EditorClient
from pair_ls.text import ContentChange, Delta, compose, invert


class SharedSide(Protocol):
    """Where the user's changes go."""

    def share(self, document: OpenDocument, edits: Delta) -> bool:
        """Put the change of a bound document into the room. False: it is not allowed, nothing was changed."""
        ...

    def shared_text_of(self, document: OpenDocument) -> str:
        """The room's text of a bound document."""
        ...

    def drift_repaired(self, document: OpenDocument, characters: int) -> None:
        """The editor's buffer was not what it had reported; the room follows the buffer now."""
        ...


class Editing:
    """Between the editor and the bindings of all open documents."""

    def __init__(self, editor: EditorClient, shared_side: SharedSide, loop: asyncio.AbstractEventLoop) -> None:
        self._editor = editor
        self._shared_side = shared_side
        self._loop = loop
        self._requests: dict[str, tuple[OpenDocument, int]] = {}
        self._last_request = 0
        self.can_ask_configuration = False
        self.uses_own_apply_edit = False

    def opened(self, document: OpenDocument) -> None:
        """The document is open: the first call for it."""
        self._carry_out(document, document.binding.opened(self._loop.time()))

    def editor_changed(self, document: OpenDocument, version: int | None, changes: Sequence[ContentChange]) -> None:
        """The editor reported a change."""
        self._carry_out(document, document.binding.editor_changed(version, changes, self._loop.time()))

    def room_changed(self, document: OpenDocument, edits: Delta) -> None:
        """The shared text of the document changed, not by its editor."""
        self._carry_out(document, document.binding.remote_changed(edits, self._loop.time()))

    def saved(self, document: OpenDocument, text: str) -> None:
        """The editor tells its whole text: the moment to find what it misreported before."""
        self._carry_out(document, document.binding.saved(text, self._loop.time()))

    def closed(self, document: OpenDocument) -> None:
        """Take what was reported and held back; expect nothing more. The document must still be known as open."""
        self._carry_out(document, document.binding.closed(self._loop.time()))
        document.alarm.stop()
        for request_id in [key for key, (owner, _) in self._requests.items() if owner is document]:
            del self._requests[request_id]

    def answered(self, request_id: str, message: dict[str, Any]) -> None:
        """The editor answered one of the requests sent from here."""
        document, number = self._requests.pop(request_id, (None, 0))
        if document is None:
            return
        if request_id.startswith(BARRIER):
            effects = document.binding.barrier_answered(number, self._loop.time())
        else:
            effects = document.binding.edit_answered(number, was_applied(message), self._loop.time())
        self._carry_out(document, effects)

    def tick(self, document: OpenDocument) -> None:
        """The time has come for which the binding asked."""
        self._carry_out(document, document.binding.tick(self._loop.time()))

    def _carry_out(self, document: OpenDocument, effects: Sequence[BindingEffect]) -> None:
        forbidden: Delta = ()
        for effect in effects:
            match effect:
                case EditShared(edits):
                    forbidden = self._share(document, edits, forbidden)
                case ApplyEdit(number, version, text_edit, is_apart):
                    request_id = self._new_request(EDIT, document, number)
                    templates = document.apply_edit
                    if self.uses_own_apply_edit:
                        self._editor.send(templates.own_request(request_id, version, text_edit))
                    else:
                        self._editor.send(templates.request(request_id, version, text_edit, is_apart=is_apart))
                case Barrier(number):
                    self._send_barrier(document, number)
                case WakeAt(time):
                    document.alarm.set(time)
                case DriftRepaired(characters):
                    self._shared_side.drift_repaired(document, characters)
                case _:
                    assert_never(effect)
        if forbidden:
            self._take_back(document, forbidden)

    def _share(self, document: OpenDocument, edits: Delta, forbidden: Delta) -> Delta:
        """Changes the shared text; gives the changes that must be taken back, because the user may not make them."""
        if document.own_text is not None:
            for edit in reversed(edits):
                document.own_text.replace(edit)
            return forbidden
        if not forbidden and self._shared_side.share(document, edits):
            return ()
        return compose(forbidden, edits)

    def _take_back(self, document: OpenDocument, forbidden: Delta) -> None:
        self.room_changed(document, invert(forbidden, self._shared_side.shared_text_of(document)))

    def _send_barrier(self, document: OpenDocument, number: int) -> None:
        if not self.can_ask_configuration:
            self._loop.call_soon(self._answer_barrier, document, number)
            return
        self._editor.send(configuration_request(self._new_request(BARRIER, document, number)))

    def _answer_barrier(self, document: OpenDocument, number: int) -> None:
        self._carry_out(document, document.binding.barrier_answered(number, self._loop.time()))

    def _new_request(self, kind: str, document: OpenDocument, number: int) -> str:
        self._last_request += 1
        request_id = f"{kind}{self._last_request}"
        self._requests[request_id] = (document, number)
        return request_id


EDIT = OWN_REQUEST_PREFIX + "edit-"
BARRIER = OWN_REQUEST_PREFIX + "barrier-"


def was_applied(message: dict[str, Any]) -> bool:
    """What the answer to an applyEdit claims; an error says no."""
    result = message.get("result")
    return isinstance(result, dict) and bool(result.get("applied"))
