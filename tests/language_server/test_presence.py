"""Who is where: awareness of the room in the terms of a stock editor, and of one that draws cursors itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pair_ls.language_server.workspace import ANNOUNCE_SECONDS
from tests.language_server.inside import EditorInside, bound, joined, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import ResponseError, until

REFRESHES = {"workspace": {"applyEdit": True, "configuration": True, "inlayHint": {"refreshSupport": True}}}
T = TypeVar("T")
ALL_LINES = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


async def both_open(ada: EditorInside, bob: EditorInside, name: str, text: str) -> None:
    ada.open(name, text)
    await bound(ada, name)
    bob.open(name, "")
    await bob.until_text(name, text)


async def hints(editor: EditorInside, name: str) -> list[tuple[Any, str]]:
    params = {"textDocument": {"uri": editor.buffers[name].uri}, "range": ALL_LINES}
    answer = await editor.server.request("textDocument/inlayHint", params)
    return [(hint["position"], hint["label"]) for hint in answer]


async def eventually(answer: Callable[[], Awaitable[T]], expected: T) -> None:
    """Ask again until the answer is the expected one; the failure shows the last."""
    deadline = asyncio.get_running_loop().time() + 10
    while (last := await answer()) != expected and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
    assert last == expected


async def shows_caret(editor: EditorInside, name: str, label: str, line: int, character: int) -> None:
    await eventually(lambda: hints(editor, name), [({"line": line, "character": character}, label)])


async def test_remote_carets_are_inlay_hints_and_the_editor_is_told_to_ask_again(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    async with EditorInside(joined(tmp_path / "bob", hub.url), capabilities=REFRESHES) as bob:
        await both_open(ada, bob, "x.py", "é😀\ntwo\n")
        ada.replace("x.py", 2, 2, "!")
        await until(lambda: any(name == "workspace/inlayHint/refresh" for name, _ in bob.requests), what="a refresh")
        await until(lambda: bob.text("x.py") == "é😀!\ntwo\n", what="the text")
        await shows_caret(bob, "x.py", "|ada", 0, 4)
        bob.replace("x.py", 0, 0, "\n")
        await shows_caret(bob, "x.py", "|ada", 1, 4)


async def test_an_editor_that_draws_cursors_is_told_all_of_them_and_gets_no_hints(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    options = {"pair": {"cursors": True, "status": True}}
    async with EditorInside(joined(tmp_path / "bob", hub.url), options=options) as bob:
        await both_open(ada, bob, "x.py", "é😀\ntwo\n")
        span = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 3}}
        uri = ada.buffers["x.py"].uri
        context = {"diagnostics": [], "triggerKind": 2}
        params = {"textDocument": {"uri": uri}, "range": span, "context": context}
        assert not await ada.server.request("textDocument/codeAction", params)
        await until(lambda: bool(bob.told("pair/cursors")), what="cursors")
        cursors = bob.told("pair/cursors")[-1]["cursors"]
        assert [(one["name"], one["anchor"], one["head"]) for one in cursors] == [("ada", span["start"], span["end"])]
        assert await hints(bob, "x.py") == []
        await until(
            lambda: (
                [one["line"] for one in bob.told("pair/participants")[-1]["participants"] if not one["self"]] == [1]
            ),
            what="where ada is",
        )
        assert bob.told("pair/status")[-1]["state"] == "connected"
        ada.close("x.py")
        await until(lambda: bob.told("pair/cursors")[-1]["cursors"] == [], what="no cursors")


async def test_a_plugin_can_say_where_the_caret_is(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    await both_open(ada, bob, "x.py", "one\ntwo\n")
    place = {"line": 1, "character": 2}
    ada.server.notify("pair/cursor", {"uri": ada.buffers["x.py"].uri, "anchor": place, "head": place})
    await shows_caret(bob, "x.py", "|ada", 1, 2)


async def test_who_lists_everybody_with_file_and_line(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    await both_open(ada, bob, "a/x.py", "one\ntwo\n")
    ada.append("a/x.py", "three")

    async def summary() -> str:
        return str((await bob.command("pair.who"))["summary"])

    await eventually(summary, "bob (you); ada in a/x.py line 3")
    answer = await bob.command("pair.who")
    known = answer["participants"][1]
    assert (known["uri"], known["line"], known["self"]) == (bob.buffers["a/x.py"].uri, 2, False)


async def names_place(asked: EditorInside, place: str) -> None:
    async def summary() -> str:
        return str((await asked.command("pair.who"))["summary"]).rpartition("; ")[2]

    await eventually(summary, place)


def caret_at(editor: EditorInside, name: str, line: int) -> None:
    place = {"line": line, "character": 0}
    editor.server.notify("pair/cursor", {"uri": editor.buffers[name].uri, "anchor": place, "head": place})


async def test_a_caret_that_is_told_before_the_room_has_answered_is_passed_on_later(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "é😀\n2\n3\n")
    await bound(ada, "x.py")
    await state_of(bob, "connected")
    hub.is_silent = True
    bob.open("x.py", "2\n3\n")
    caret_at(bob, "x.py", 1)
    await until(lambda: bob.pair_server.pair.presence.people()[0].line == 1, what="the caret")
    await until(lambda: bob.pair_server.pair.presence._place_is_told, what="that it is told")
    bob.choose = lambda params: {"title": "Room's"}
    hub.speak()
    await bob.until_text("x.py", "é😀\n2\n3\n")
    await names_place(ada, "bob in x.py line 3")
    await shows_caret(ada, "x.py", "|bob", 2, 0)


async def test_the_line_that_is_told_follows_what_others_type_above(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    await both_open(ada, bob, "x.py", "1\n2\n3\n")
    caret_at(bob, "x.py", 2)
    await names_place(ada, "bob in x.py line 3")
    ada.replace("x.py", 0, 0, "é😀\n" * 100)
    await names_place(ada, "bob in x.py line 103")


def shown_lines(editor: EditorInside) -> list[int]:
    return [params["selection"]["start"]["line"] for name, params in editor.requests if name == "window/showDocument"]


async def test_following_shows_where_somebody_is_until_the_user_types(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    await both_open(ada, bob, "x.py", "one\ntwo\nthree\n")

    await until(lambda: len(bob.pair_server.pair.presence.people()) == 2, what="ada")
    assert "You follow ada" in (await bob.command("pair.follow", "ada"))["summary"]
    ada.replace("x.py", 8, 8, ">")
    await until(lambda: shown_lines(bob)[-1:] == [2], what="line 2 shown")
    ada.replace("x.py", 0, 0, ">")
    await until(lambda: shown_lines(bob)[-1:] == [0], what="line 0 shown")
    bob.append("x.py", "typed")
    await ada.until_text("x.py", ">one\ntwo\n>three\ntyped")
    before = len(shown_lines(bob))
    ada.replace("x.py", 9, 9, ">")
    await bob.until_text("x.py", ">one\ntwo\n>>three\ntyped")
    await until(lambda: bob.pair_server.pair.presence.people()[1].line == 2, what="ada on line 2")
    assert len(shown_lines(bob)) == before


async def test_following_waits_for_the_line_to_be_there(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    await both_open(ada, bob, "x.py", "one\n")
    await until(lambda: len(bob.pair_server.pair.presence.people()) == 2, what="ada")
    await bob.command("pair.follow", "ada")
    bob.accepts_edits = False
    ada.append("x.py", "two\nthree\nfour")
    await until(lambda: bob.pair_server.pair.presence.people()[1].line == 3, what="ada on line 3")
    shown_at = time.monotonic() + 2 * ANNOUNCE_SECONDS
    await until(lambda: time.monotonic() > shown_at, what="the time in which a place is told")
    assert 3 not in shown_lines(bob)
    bob.accepts_edits = True
    await until(lambda: shown_lines(bob)[-1:] == [3], what="line 3 shown")


async def test_a_document_that_is_not_open_is_shown_again_once_its_text_is_there(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "é😀\n")
    await bound(ada, "x.py")
    await until(lambda: len(bob.pair_server.pair.presence.people()) == 2, what="ada")
    caret_at(ada, "x.py", 0)
    await names_place(bob, "ada in x.py line 1")
    ada.append("x.py", "two\nthree")
    await names_place(bob, "ada in x.py line 3")
    await bob.command("pair.follow", "ada")
    await until(lambda: shown_lines(bob) == [2], what="line 2 shown")
    bob.open("x.py", "")
    await bob.until_text("x.py", "é😀\ntwo\nthree")
    await until(lambda: shown_lines(bob) == [2, 2], what="line 2 shown again")


@pytest.mark.parametrize("shows", [True, False])
async def test_a_document_that_the_editor_refuses_to_show_is_shown_once(
    hub: RoomServer, ada: EditorInside, bob: EditorInside, shows: bool
) -> None:
    for name in ("x.py", "y.py"):
        ada.open(name, "1\n2\n3\n")
        await bound(ada, name)
    caret_at(ada, "x.py", 1)
    await names_place(bob, "ada in x.py line 2")
    bob.shows_documents = shows
    await bob.command("pair.follow", "ada")
    await until(lambda: shown_lines(bob) == [1], what="line 1 shown")
    await bob.command("pair.status")  # the answer has been heard
    caret_at(ada, "x.py", 0)
    await names_place(bob, "ada in x.py line 1")
    shown_at = time.monotonic() + 2 * ANNOUNCE_SECONDS
    await until(lambda: time.monotonic() > shown_at, what="the time in which a place is told")
    caret_at(ada, "y.py", 2)
    await until(lambda: 2 in shown_lines(bob), what="line 2 of the other shown")
    assert shown_lines(bob) == ([1, 0, 2] if shows else [1, 2])


async def test_following_nobody_is_an_error_that_says_who_is_there(ada: EditorInside) -> None:
    await state_of(ada, "connected")
    with pytest.raises(ResponseError, match="Nobody called Eve is in the room; there: nobody else"):
        await ada.command("pair.follow", {"name": "Eve"})
    assert (await ada.command("pair.follow", {"name": None}))["summary"] == "You follow nobody."


async def test_whoever_leaves_is_no_longer_listed(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    async with EditorInside(joined(tmp_path / "bob", hub.url)) as bob:
        await state_of(bob, "connected")
        await until(lambda: ada.pair_server.pair.status().participants == ["ada", "bob"], what="both")
    await until(lambda: ada.pair_server.pair.status().participants == ["ada"], what="ada alone")
