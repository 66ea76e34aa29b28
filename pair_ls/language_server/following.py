"""`pair.follow`: keep somebody's place before the user's eyes, until the user types."""

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
        self._opening: DocumentId | None = None  # shown while it was not open here, or not with the room's text

    def follow(self, name: str) -> Person:
        """Follow the one with this name or participant id, from now on. Raises PairError if nobody is called so."""
        others = [person for person in self._presence.people() if not person.is_self]
        found = [person for person in others if name in (person.name, person.participant_id)]
        if not found:
            there = ", ".join(person.name for person in others) or "nobody else"
            raise PairError(f"Nobody called {name} is in the room; there: {there}.", code="unknown-participant")
        self._participant_id = found[0].participant_id
        self._shown = (None, None)
        self._opening = None
        self.look()
        return found[0]

    def stop(self) -> None:
        """The user types, or asked for it."""
        self._participant_id = None

    def look(self) -> None:
        """Show where the followed person is, if that is somewhere else than last time.

        Places and texts come independently: a line that this editor's text does not have yet is looked for again later.
        So is one of a document that had to be opened; until it is, it is not shown again, for the editor may refuse to.
        """
        person = self._followed()
        if person is None or person.document_id is None or self._shown == (person.document_id, person.line):
            return
        uri, _ = self._presence.uri_of(person.document_id)
        if uri is None:
            return
        if not self._presence.is_in_step(person.document_id):
            if self._opening != person.document_id:
                self._opening = person.document_id
                self._editor.show_document(uri, person.line or 0)
        elif self._presence.has_line(person.document_id, person.line or 0):
            self._shown = (person.document_id, person.line)
            self._opening = None
            self._editor.show_document(uri, person.line or 0)

    def _followed(self) -> Person | None:
        if self._participant_id is None:
            return None
        people = self._presence.people()
        return next((person for person in people if person.participant_id == self._participant_id), None)
