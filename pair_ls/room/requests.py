"""What PAIR clients may ask of the room, parsed once: params (JSON) -> frozen dataclasses. Pure."""

from dataclasses import dataclass
from typing import Any

from pair_ls.errors import RefusedBytes
from pair_ls.room.document_path import clean_path
from pair_ls.room.ids import DocumentId, is_document_id

_MOST_LANGUAGE_CHARACTERS = 64
MOST_AT_ONCE = 500
"""Documents in one request openDocuments."""


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """The document at this path; made if there is none."""

    path: str
    language: str


@dataclass(frozen=True, slots=True)
class OpenDocuments:
    """Many at once: a whole folder is shared."""

    documents: tuple[OpenDocument, ...]


@dataclass(frozen=True, slots=True)
class SeedDocument:
    """The first content of a document that never had any."""

    document_id: DocumentId
    text: str


@dataclass(frozen=True, slots=True)
class RenameDocument:
    """Another path for a document."""

    document_id: DocumentId
    path: str


@dataclass(frozen=True, slots=True)
class DeleteDocument:
    """Takes the document out of the index."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class ListParticipants:
    """Who is here."""


RoomRequest = OpenDocument | OpenDocuments | SeedDocument | RenameDocument | DeleteDocument | ListParticipants


def parse_request(method: str, params: dict[str, Any]) -> RoomRequest:
    """Raises RefusedBytes ("unknown-method", "bad-params") or PathRefused."""
    match method, params:
        case "openDocument", {"path": path, **rest}:
            return OpenDocument(clean_path(path), clean_language(rest.get("language", "")))
        case "openDocuments", {"documents": list(documents)} if len(documents) <= MOST_AT_ONCE:
            return OpenDocuments(tuple(_open_document(document) for document in documents))
        case "seedDocument", {"documentId": str(document_id), "text": str(text)} if is_document_id(document_id):
            return SeedDocument(DocumentId(document_id), text)
        case "renameDocument", {"documentId": str(document_id), "path": path} if is_document_id(document_id):
            return RenameDocument(DocumentId(document_id), clean_path(path))
        case "deleteDocument", {"documentId": str(document_id)} if is_document_id(document_id):
            return DeleteDocument(DocumentId(document_id))
        case "participants", _:
            return ListParticipants()
        case (("openDocument" | "openDocuments" | "seedDocument" | "renameDocument" | "deleteDocument"), _):
            raise RefusedBytes(f"the params of {method} are not as docs/protocol.md says", code="bad-params")
    raise RefusedBytes("there is no such method", code="unknown-method")


def _open_document(document: object) -> OpenDocument:
    match document:
        case {"path": path, **rest}:
            return OpenDocument(clean_path(path), clean_language(rest.get("language", "")))
    raise RefusedBytes("the params of openDocuments are not as docs/protocol.md says", code="bad-params")


def clean_language(language: object) -> str:
    """An LSP language id, "" for plain text."""
    if not isinstance(language, str) or len(language) > _MOST_LANGUAGE_CHARACTERS or not language.isprintable():
        return ""
    return language
