"""What only shows over a longer session: leaks, progress, an editor that stops reading, a plugin's own applyEdit."""

from pathlib import Path
from typing import Any

import pytest

from pair_ls.language_server import progress
from pair_ls.language_server.custom_methods import APPLY_EDIT
from tests.language_server.inside import EditorInside, ServerInside, bound, joined, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until


async def test_nothing_is_kept_of_messages_that_are_done(ada: EditorInside) -> None:
    for number in range(20):
        ada.open("x.py", f"{number}\n")
        ada.append("x.py", "more\n")
        ada.save("x.py")
        ada.close("x.py")
        ada.server.notify("$/setTrace", {"value": "off"})
        await ada.command("pair.status")
    ada.open("y.py", "")
    await bound(ada, "y.py")
    assert ada.pair_server.protocol._request_futures == {}
    assert ada.pair_server.pair._editing._requests == {}


async def test_a_long_join_is_shown_as_progress(tmp_path: Path, hub: RoomServer) -> None:
    hub.is_silent = True
    async with EditorInside(joined(tmp_path / "ada", hub.url)) as ada:
        ada.open("x.py", "x\n")

        def steps() -> list[str]:
            return [params["value"]["kind"] for params in ada.told("$/progress")]

        await until(lambda: steps() == ["begin"], what="progress")
        hub.speak()
        await until(lambda: steps() == ["begin", "end"], what="the end of it")
        await room_has(hub, "x.py", "x\n")


@pytest.mark.parametrize("state", ["refused", "offline"])
async def test_no_progress_is_shown_while_no_hub_answers(
    hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    await state_of(ada, "connected")
    if state == "refused":
        hub.kick_all()
    else:
        await hub.stop()
    await state_of(ada, state)
    ada.notifications.clear()
    ada.open("x.py", "x\n")
    for _ in range(3):  # the time in which it would begin
        await ada.command("pair.status")
    assert not ada.told("$/progress")
    if state == "offline":
        await hub.start()
        await room_has(hub, "x.py", "x\n")
        hub.is_silent = True
        ada.open("y.py", "y\n")
        await until(lambda: len(ada.told("$/progress")) == 1, what="progress")
        hub.speak()
        await until(lambda: len(ada.told("$/progress")) == 2, what="the end of it")


async def test_an_editor_that_does_not_read_is_spared_what_is_told_again_later(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    async with EditorInside(joined(tmp_path / "bob", hub.url), options={"pair": {"status": True}}) as bob:
        ada.open("x.py", "x\n")
        await bound(ada, "x.py")
        bob.open("x.py", "")
        await bob.until_text("x.py", "x\n")
        await state_of(bob, "connected")
        await until(lambda: bool(bob.told("pair/status")), what="a status")
        assert isinstance(bob.server, ServerInside)
        bob.server.streams.is_congested = True
        before = len(bob.told("pair/status"))
        ada.append("x.py", "y\n")
        await bob.until_text("x.py", "x\ny\n")
        bob.append("x.py", "z\n")
        await ada.until_text("x.py", "x\ny\nz\n")
        assert len(bob.told("pair/status")) == before
        bob.server.streams.is_congested = False
        bob.append("x.py", "z\n")
        await until(lambda: len(bob.told("pair/status")) > before, what="a status")


async def test_a_plugin_applies_edits_by_our_own_request(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    class Plugin(EditorInside):
        def _on_request(self, method: str, params: Any) -> Any:
            if method != APPLY_EDIT:
                return super()._on_request(method, params)
            self.requests.append((method, params))
            document = {"uri": params["uri"], "version": params["version"]}
            return self._apply_edit({"documentChanges": [{"textDocument": document, "edits": params["edits"]}]})

    async with Plugin(joined(tmp_path / "bob", hub.url), options={"pair": {"applyEdit": True}}) as bob:
        ada.open("x.py", "é😀\n")
        await bound(ada, "x.py")
        bob.open("x.py", "")
        await bob.until_text("x.py", "é😀\n")
        for number in range(20):
            ada.replace("x.py", 1, 1, f"{number}")
            bob.append("x.py", f"{number}\n")
        whole = "é" + "".join(str(number) for number in reversed(range(20))) + "😀\n"
        whole += "".join(f"{number}\n" for number in range(20))
        await ada.until_text("x.py", whole)
        await bob.until_text("x.py", whole)
        assert {method for method, _ in bob.requests} == {APPLY_EDIT}
