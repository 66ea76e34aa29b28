"""LSP JSON to our types and back, for the messages of typing. The only place where a didChange dict is read.

pygls structures each message through cattrs (45 us for a didChange); here the few keys that matter are read directly
(6 us), and an applyEdit is written into a template of bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pair_ls.text import ContentChange, Position, Range, TextEdit

OWN_REQUEST_PREFIX = "pair-"
"""Ids of requests that go around pygls begin with this; pygls' own ids are hexadecimal and cannot."""


@dataclass(frozen=True, slots=True)
class DidChange:
    """textDocument/didChange. Texts may still hold half surrogate pairs; the binding replaces them."""

    uri: str
    version: int | None
    changes: tuple[ContentChange, ...]


def did_change(params: Mapping[str, Any]) -> DidChange:
    """Read the parameters of a didChange; KeyError or TypeError if they are not that."""
    document = params["textDocument"]
    return DidChange(document["uri"], document.get("version"), tuple(map(_content_change, params["contentChanges"])))


def _content_change(entry: Mapping[str, Any]) -> ContentChange:
    span = entry.get("range")
    return ContentChange(entry["text"], None if span is None else _range(span))


def _range(span: Mapping[str, Any]) -> Range:
    start, end = span["start"], span["end"]
    return Range(Position(start["line"], start["character"]), Position(end["line"], end["character"]))


class ApplyEditTemplate:
    """Writes the requests to apply one text edit to one document, always with the integer version.

    `request` is workspace/applyEdit; `own_request` is pair/applyEdit, for a plugin that answers it (custom_methods).
    Request ids are ours and need no escapes.
    """

    __slots__ = ("_head", "_own_head")

    def __init__(self, uri: str) -> None:
        written = json.dumps(uri).encode()
        self._head = (
            b'","method":"workspace/applyEdit","params":{"edit":{"documentChanges":[{"textDocument":{"uri":%b,"version":'
            % written
        )
        self._own_head = b'","method":"pair/applyEdit","params":{"uri":%b,"version":' % written

    def request(self, request_id: str, version: int | None, edit: TextEdit, *, is_apart: bool = False) -> bytes:
        """The body of one workspace/applyEdit. `is_apart`: as two text edits, the insertion before the removal."""
        return b'{"jsonrpc":"2.0","id":"%b%b%b},"edits":[%b]}]}}}' % (
            request_id.encode(),
            self._head,
            _version(version),
            b",".join(map(_text_edit, _parts(edit))) if is_apart else _text_edit(edit),
        )

    def own_request(self, request_id: str, version: int | None, edit: TextEdit) -> bytes:
        """The body of one pair/applyEdit."""
        return b'{"jsonrpc":"2.0","id":"%b%b%b,"edits":[%b]}}' % (
            request_id.encode(),
            self._own_head,
            _version(version),
            _text_edit(edit),
        )


def _parts(edit: TextEdit) -> tuple[TextEdit, TextEdit]:
    """LSP, TextEdit[]: of edits that start at one position, insertions come before the one removal."""
    return TextEdit(Range(edit.range.start, edit.range.start), edit.new_text), TextEdit(edit.range, "")


def _version(version: int | None) -> bytes:
    return b"null" if version is None else b"%d" % version


def _text_edit(edit: TextEdit) -> bytes:
    start, end = edit.range.start, edit.range.end
    return (
        b'{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"newText":%b}'
        % (start.line, start.character, end.line, end.character, json.dumps(edit.new_text).encode())
    )  # fmt: skip


def configuration_request(request_id: str) -> bytes:
    """workspace/configuration, used as a barrier: every editor answers it, and after what it sent before."""
    return (
        b'{"jsonrpc":"2.0","id":"%b","method":"workspace/configuration","params":{"items":[{"section":"pair_ls"}]}}'
        % (request_id.encode())
    )


def lsp_position(position: Position) -> dict[str, int]:
    """A position as LSP JSON."""
    return {"line": position.line, "character": position.character}
