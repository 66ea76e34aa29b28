"""Message framing, the dispatcher's short cut, and the bytes that are written."""

import asyncio
import json
import os
from typing import Any

import pytest

from pair_ls.language_server.convert import ApplyEditTemplate, DidChange, configuration_request, did_change
from pair_ls.language_server.dispatch import Dispatcher, text_of
from pair_ls.language_server.transport import (
    CONGESTED_BYTES,
    MAX_UNWRITTEN_BYTES,
    MessageFraming,
    PipeWriter,
    ThreadWriter,
    framed,
)
from pair_ls.text import ContentChange, Position, Range, TextEdit

AWKWARD = 'é 😀 e\u0301 \u2028 \f \r\n \\ "'


def test_bodies_are_cut_out_however_the_bytes_arrive() -> None:
    stream = framed(b'{"a":1}') + framed(b"") + framed(AWKWARD.encode())
    for size in (1, 2, 7, len(stream)):
        framing = MessageFraming()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [body for piece in pieces for body in framing.feed(piece)] == [b'{"a":1}', b"", AWKWARD.encode()]


def test_header_names_may_have_any_case_and_unknown_headers_are_ignored() -> None:
    data = b"content-type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH:  2\r\n\r\n{}"
    assert MessageFraming().feed(data) == [b"{}"]


def test_a_header_block_without_a_length_is_skipped() -> None:
    assert MessageFraming().feed(b"Content-Length: x\r\n\r\n" + framed(b"{}")) == [b"{}"]


class Typing:
    def __init__(self) -> None:
        self.changes: list[DidChange] = []
        self.answers: list[tuple[str, Any]] = []

    def editor_changed(self, message: DidChange) -> None:
        self.changes.append(message)

    def request_answered(self, request_id: str, message: dict[str, Any]) -> None:
        self.answers.append((request_id, message))


def change_body(text: str) -> bytes:
    document = {"uri": "file:///a.py", "version": 2}
    span = {"start": {"line": 0, "character": 1}, "end": {"line": 2, "character": 3}}
    params = {"textDocument": document, "contentChanges": [{"range": span, "text": text}, {"text": "whole"}]}
    return json.dumps({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}).encode()


def test_did_change_and_own_answers_take_the_short_way_and_all_else_goes_to_pygls() -> None:
    typing, rest = Typing(), list[dict[str, Any]]()
    dispatcher = Dispatcher(typing, rest.append)
    dispatcher.receive(change_body(AWKWARD))
    dispatcher.receive(b'{"jsonrpc":"2.0","id":"pair-edit-1","result":{"applied":true}}')
    dispatcher.receive(b'{"jsonrpc":"2.0","id":"0c1d","result":null}')
    dispatcher.receive(b'{"jsonrpc":"2.0","id":"pair-edit-1","method":"textDocument/hover","params":{}}')
    span = Range(Position(0, 1), Position(2, 3))
    assert typing.changes == [DidChange("file:///a.py", 2, (ContentChange(AWKWARD, span), ContentChange("whole")))]
    assert [request_id for request_id, _ in typing.answers] == ["pair-edit-1"]
    assert [message.get("method") for message in rest] == [None, "textDocument/hover"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'{"method":"textDocument/didChange","params":{}}', b""])
def test_a_message_that_makes_no_sense_costs_only_itself(body: bytes) -> None:
    typing = Typing()
    dispatcher = Dispatcher(typing, lambda message: None)
    dispatcher.receive(body)
    dispatcher.receive(change_body("x"))
    assert len(typing.changes) == 1


def test_a_handler_that_fails_does_not_end_the_session() -> None:
    def fail(message: dict[str, Any]) -> None:
        raise ZeroDivisionError

    typing = Typing()
    dispatcher = Dispatcher(typing, fail)
    dispatcher.receive(b'{"jsonrpc":"2.0","method":"initialized","params":{}}')
    dispatcher.receive(change_body("x"))
    assert len(typing.changes) == 1


def test_half_a_surrogate_pair_survives_decoding_and_other_broken_bytes_become_replacement_characters() -> None:
    assert text_of(b'"\xed\xa0\xbd"') == '"\ud83d"'
    assert text_of(b'"\xff"') == '"\ufffd"'


@pytest.mark.parametrize(("version", "written"), [(7, 7), (0, 0), (None, None)])
def test_an_apply_edit_is_the_request_that_lsp_describes(version: int | None, written: int | None) -> None:
    template = ApplyEditTemplate("file:///ordner/%C3%A9.py")
    edit = TextEdit(Range(Position(1, 2), Position(3, 4)), AWKWARD)
    assert json.loads(template.request("pair-edit-1", version, edit)) == {
        "jsonrpc": "2.0",
        "id": "pair-edit-1",
        "method": "workspace/applyEdit",
        "params": {
            "edit": {
                "documentChanges": [
                    {
                        "textDocument": {"uri": "file:///ordner/%C3%A9.py", "version": written},
                        "edits": [
                            {
                                "range": {"start": {"line": 1, "character": 2}, "end": {"line": 3, "character": 4}},
                                "newText": AWKWARD,
                            }
                        ],
                    }
                ]
            }
        },
    }


def test_a_large_edit_may_be_told_as_an_insertion_and_then_a_removal() -> None:
    edit = TextEdit(Range(Position(1, 2), Position(3, 4)), "new")
    body = json.loads(ApplyEditTemplate("file:///a").request("pair-edit-1", 7, edit, is_apart=True))
    told = body["params"]["edit"]["documentChanges"][0]["edits"]
    start, end = {"line": 1, "character": 2}, {"line": 3, "character": 4}
    assert told == [
        {"range": {"start": start, "end": start}, "newText": "new"},
        {"range": {"start": start, "end": end}, "newText": ""},
    ]


def test_a_barrier_is_a_configuration_request() -> None:
    request = json.loads(configuration_request("pair-barrier-1"))
    assert (request["method"], request["params"]["items"]) == ("workspace/configuration", [{"section": "pair_ls"}])


def test_a_did_change_without_a_version_is_understood() -> None:
    assert did_change({"textDocument": {"uri": "a"}, "contentChanges": []}) == DidChange("a", None, ())


def test_a_writing_thread_never_blocks_and_says_when_nobody_reads() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as target:
        writer = ThreadWriter(target, lambda: None)
        writer.write(b"first")
        writer.write(bytes(2 * CONGESTED_BYTES))
        assert writer.is_congested
        assert source.read(5 + 2 * CONGESTED_BYTES) == b"first" + bytes(2 * CONGESTED_BYTES)
        writer.close()
        assert not writer.is_congested


class StuckTransport(asyncio.WriteTransport):
    """Of an editor that has stopped reading."""

    def __init__(self) -> None:
        super().__init__()
        self.unwritten = 0
        self.is_aborted = False

    def write(self, data: Any) -> None:
        self.unwritten += len(data)

    def get_write_buffer_size(self) -> int:
        return self.unwritten

    def abort(self) -> None:
        self.is_aborted = True


def test_an_editor_that_never_reads_again_is_given_up() -> None:
    transport, given_up = StuckTransport(), list[bool]()
    writer = PipeWriter(transport, lambda: given_up.append(True))
    found = []
    for size in (0, CONGESTED_BYTES + 1, MAX_UNWRITTEN_BYTES):
        transport.unwritten = size
        found.append(writer.is_congested)
    writer.write(b"x")
    assert found == [False, True, True]
    assert (transport.is_aborted, given_up) == (True, [True])
