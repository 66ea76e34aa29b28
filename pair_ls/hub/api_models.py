"""What the REST API takes and gives: names are camelCase on the wire, times are RFC 3339 unless they say otherwise."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from pair_ls.room.role import Role

Name = Annotated[str, StringConstraints(max_length=200)]
Language = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+#.-]*$")]
LAST_SEQUENCE = 1 << 62
"""More than any document will have, and a number that databases take."""
Path = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Wire(BaseModel):
    """Common ground: camelCase outside, snake_case inside, nothing unknown is let through."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class NewRoom(Wire):
    """What a room is made of; everything may be left out."""

    name: Name = ""
    language: Language = ""
    code: str = Field("", description="The first text of the main document.")


class Links(Wire):
    """For people: both open the room in a browser, and `pair-ls join` takes them."""

    page: str
    invite: str


class DocumentView(Wire):
    """One document of a room."""

    document_id: str
    path: str
    language: str


class RoomView(Wire):
    """A room as anybody sees who may enter it."""

    room_id: str
    name: str
    language: str
    code: str = Field(description="The text of the main document.")
    created_at: datetime
    updated_at: datetime
    documents: list[DocumentView]
    participants: int
    role: Role = Field(description="What the asker may do.")
    closed_at: datetime | None = Field(description="Since when an owner keeps everybody out; null: the room is open.")
    links: Links = Field(description="Without a token: for those who may enter anyway.")
    invite_only: bool = Field(
        description="Newcomers need an invite, whatever the hub's access is: somebody who came without was removed."
    )


class RoomChange(Wire):
    """What an owner may do to a room."""

    closed: bool


class RoomMade(Wire):
    """A room as its maker sees it. `token` is the owner's and must be kept secret."""

    room_id: str
    name: str
    language: str
    code: str
    created_at: datetime
    updated_at: datetime
    token: str
    links: Links


class ParticipantView(Wire):
    """Somebody who is here."""

    user_id: str
    name: str
    color: str
    role: Role
    joined_at: datetime
    document: str | None
    line: int | None = Field(description="Counted from 0.")


class RoomStatus(Wire):
    """Who is here now."""

    room_id: str
    active: bool
    connections: int
    participants: list[ParticipantView]


class KnownParticipant(Wire):
    """Somebody who was here once; `role` is null unless an owner has set it."""

    participant_id: str
    name: str
    role: Role | None
    invite_id: str | None
    joined_at: datetime
    removed_at: datetime | None
    is_connected: bool


class NewInvite(Wire):
    """For whom a link is."""

    role: Role = Role.EDITOR
    expires_in_seconds: int | None = Field(None, ge=1, le=10 * 365 * 86400, description="Default: 30 days.")


class InviteMade(Wire):
    """A link to pass on."""

    invite_id: str
    role: Role
    expires_at: datetime | None
    token: str
    invite: str
    page: str


class InviteView(Wire):
    """A link that was made, without the link."""

    invite_id: str
    role: Role
    issued_by: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    closed_at: datetime | None = Field(description="Set when somebody who used it was removed: newcomers are refused.")


class NewRole(Wire):
    """What a participant may do from now on."""

    role: Role


class NewDocument(Wire):
    """A document to be made, or found: one path is one document."""

    path: Path
    language: Language = ""


class DocumentMade(Wire):
    """Where it is; `created` is false if it was there already."""

    document_id: str
    path: str
    created: bool


class NewPath(Wire):
    """Where a document moves to."""

    path: Path


class Moved(Wire):
    """Where it is now: perhaps with a number added, if the path was taken."""

    path: str


class HistoryItem(Wire):
    """One stored update. `at` is seconds since 1970."""

    sequence: int
    author: str
    name: str
    at: float
    size_bytes: int


class History(Wire):
    """Newest first; `next` is the `before` of the page after this, null at the end."""

    entries: list[HistoryItem]
    next: int | None


class EarlierText(Wire):
    """The document as it was after an update; `lines` names the author of each line."""

    sequence: int
    text: str
    lines: list[str]


class Restore(Wire):
    """Back to how it was after this update, as a new edit that all see."""

    sequence: int = Field(ge=1, le=LAST_SEQUENCE)


class AutocompleteRequest(Wire):
    """Where to complete. `cursor_position` counts UTF-16 units, as JavaScript does."""

    code: Annotated[str, StringConstraints(max_length=1_000_000)]
    cursor_position: int = Field(ge=0)
    language: Language = ""
    room_id: str | None = Field(None, description="Whose text it is. Default: the room of the token, if any.")
    document_id: str | None = Field(
        None, description="Which document of the room it is: some must not leave the hub. Default: the main document."
    )


class Suggestion(Wire):
    """Replaces code[start:end], counted in UTF-16 units."""

    text: str
    confidence: float
    source: str
    start: int
    end: int


class Suggestions(Wire):
    """The best one, and all."""

    suggestion: str
    confidence: float
    source: str
    suggestions: list[Suggestion]


class ProblemView(BaseModel):
    """RFC 9457. `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def when(seconds: float) -> datetime:
    """A time of the store, for the wire."""
    return datetime.fromtimestamp(seconds, UTC)


def when_or_none(seconds: float | None) -> datetime | None:
    """The same for what may not have happened."""
    return None if seconds is None else when(seconds)


# FastAPI's own shape: status -> description of the answer.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemView, "description": "Problem", "content": {"application/problem+json": {}}}
    for status in (401, 403, 404, 410, 413, 415, 421, 422, 429, 503)
}
