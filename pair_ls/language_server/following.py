"""`pair.follow`: keep somebody's place before the user's eyes, until the user types."""

from collections.abc import Mapping
from typing import Any

from pair_ls.errors import PairError
from pair_ls.language_server.editor_client import EditorClient
from pair_ls.language_server.presence import Person, Presence
from pair_ls.room.ids import DocumentId


class Following:
    """At most one person is followed."""

    def __init__(self, editor: EditorClient, presence: Presence) -> None:
        self._editor = editor
        self._presence = presence
        self._participant_id: str | None = None
        self._shown: tuple[DocumentId | None, int | None] = (None, None)
        self._shown_early: tuple[DocumentId | None, int | None] = (None, None)  # before the room's text was here
        self._request_id = ""
        self._refused: set[DocumentId | None] = set()  # by the editor, which need not be asked again and again

    def follow(self, name: str) -> Person:
        """Follow the one with this name or participant id, from now on. Raises PairError if nobody is called so."""
        others = [person for person in self._presence.people() if not person.is_self]
        found = [person for person in others if name in (person.name, person.participant_id)]
        if not found:
            there = ", ".join(person.name for person in others) or "nobody else"
            raise PairError(f"Nobody called {name} is in the room; there: {there}.", code="unknown-participant")
        self._participant_id = found[0].participant_id
        self._shown = self._shown_early = (None, None)
        self._refused.clear()
        self.look()
        return found[0]

    def stop(self) -> None:
        """The user types, or asked for it."""
        self._participant_id = None

    def look(self) -> None:
        """Show where the followed person is, if that is somewhere else than last time.

        Places and texts come independently: a line that this editor's text does not have yet is looked for again later.
        What is shown of a document before the room's text is here is shown again once it is.
        """
        person = self._followed()
        if person is None or person.document_id is None:
            return
        place = person.document_id, person.line
        uri, _ = self._presence.uri_of(person.document_id)
        if uri is None or place == self._shown:
            return
        if self._presence.is_in_step(person.document_id):
            if self._presence.has_line(person.document_id, person.line or 0):
                self._shown = place
                self._editor.show_document(uri, person.line or 0)
        elif place != self._shown_early and person.document_id not in self._refused:
            self._shown_early = place
            self._request_id = self._editor.show_document(uri, person.line or 0)

    def answered(self, request_id: str, message: Mapping[str, Any]) -> None:
        """Whether the editor showed what it was asked to."""
        result = message.get("result")
        if request_id == self._request_id and not (isinstance(result, dict) and result.get("success")):
            self._refused.add(self._shown_early[0])

    def _followed(self) -> Person | None:
        if self._participant_id is None:
            return None
        people = self._presence.people()
        return next((person for person in people if person.participant_id == self._participant_id), None)
