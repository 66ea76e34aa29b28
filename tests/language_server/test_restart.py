"""A language server that dies while its editor goes on: nothing that was typed is lost, and nothing is there twice."""

from pathlib import Path

from pair_ls.room.messages import Reset, encode_frame
from tests.language_server.inside import EditorInside, bound, room_has
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until


def shown(folder: Path) -> list[str]:
    return [file.read_bytes().decode() for file in (folder / ".pair-ls" / "shown").rglob("*.*")]


async def typed_and_kept(hub: RoomServer, ada: EditorInside) -> None:
    """A file is open, and what was typed since it was saved is in the room."""
    (ada.folder / "x.py").write_text("one\n")
    ada.open("x.py")
    await bound(ada, "x.py")
    ada.append("x.py", "zwei é😀\n")
    await room_has(hub, "x.py", "one\nzwei é😀\n")
    await until(lambda: shown(ada.folder) == ["one\nzwei é😀\n"], what="the shown text is kept")


async def start_anew(editor: EditorInside, name: str) -> None:
    """Another server; the document is opened with the buffer as it is, and its version runs on."""
    await editor.start()
    buffer = editor.buffers[name]
    item = {"uri": buffer.uri, "languageId": "python", "version": buffer.version, "text": buffer.text}
    editor.server.notify("textDocument/didOpen", {"textDocument": item})


def type_unheard(editor: EditorInside, name: str, text: str) -> None:
    buffer = editor.buffers[name]
    buffer.text += text
    buffer.version += 1


async def test_what_was_typed_before_the_server_died_is_there_once(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    await typed_and_kept(hub, ada)
    bob.open("x.py", "")
    await bob.until_text("x.py", "one\nzwei é😀\n")
    await ada.server.kill9()
    bob.replace("x.py", 0, 0, "null\n")
    await room_has(hub, "x.py", "null\none\nzwei é😀\n")
    type_unheard(ada, "x.py", "drei\n")
    await start_anew(ada, "x.py")
    everything = "null\none\nzwei é😀\ndrei\n"
    await ada.until_text("x.py", everything)
    await bob.until_text("x.py", everything)
    await room_has(hub, "x.py", everything)
    assert not ada.said()


async def test_a_deletion_that_was_not_sent_is_made_up_for(hub: RoomServer, ada: EditorInside) -> None:
    await typed_and_kept(hub, ada)
    await ada.server.kill9()
    ada.buffers["x.py"].text = "zwei é😀\n"
    await start_anew(ada, "x.py")
    await room_has(hub, "x.py", "zwei é😀\n")


async def test_a_closed_document_leaves_nothing_of_what_was_not_saved(hub: RoomServer, ada: EditorInside) -> None:
    await typed_and_kept(hub, ada)
    ada.close("x.py")
    await until(lambda: not shown(ada.folder), what="the shown text is gone")
    ada.open("x.py")
    await ada.until_text("x.py", "one\nzwei é😀\n")
    assert hub.text("x.py") == "one\nzwei é😀\n"


async def test_texts_of_editors_that_are_gone_are_removed(hub: RoomServer, ada: EditorInside) -> None:
    await typed_and_kept(hub, ada)
    (kept,) = (ada.folder / ".pair-ls" / "shown").rglob("*.*")
    left = kept.with_suffix(".4194303")
    left.write_text("an old text")
    await ada.server.kill9()
    await start_anew(ada, "x.py")
    await until(lambda: not left.exists(), what="the old text is removed")
    assert kept.exists()


async def test_a_replica_that_was_thrown_away_keeps_what_was_typed_and_leaves_a_backup(
    hub: RoomServer, ada: EditorInside
) -> None:
    await typed_and_kept(hub, ada)
    link = ada.pair_server.pair._link
    document = ada.pair_server.pair.documents.get(ada.buffers["x.py"].uri)
    assert link is not None
    assert document is not None
    assert document.document_id is not None
    link.hub_frame(encode_frame(document.document_id, Reset()))
    ada.append("x.py", "drei\n")
    await room_has(hub, "x.py", "one\nzwei é😀\ndrei\n")
    assert ada.text("x.py") == "one\nzwei é😀\ndrei\n"
    backups = [file.read_text() for file in (ada.folder / ".pair-ls" / "backup").rglob("x.py")]
    assert "one\nzwei é😀\ndrei\n" in backups
