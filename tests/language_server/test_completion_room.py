"""What completion makes of documents of the room that are not open here: shown beside others, learned from, or not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pair_ls.settings import CompletionSettings, LanguageServerSettings
from tests.engines.stub_server import Stub, says, serving
from tests.language_server.inside import EditorInside, bound, joined, room_has
from tests.language_server.room_server import RoomServer
from tests.support.fake_editor import position
from tests.support.json_rpc import until

LIBRARY = "def compute_monthly_wages(hours, rate):  # é 😀\n    return hours * rate\n"
ASKING = "import payroll\n\nprint(compute_monthly_wages(hours, ‸\n"
SECRET = "API_KEY = 'compute monthly wages'\n"


class Asking(EditorInside):
    """An editor that asks an endpoint."""

    def __init__(self, folder: Path, stub: Stub) -> None:
        completion = CompletionSettings(base_url=stub.url, key="sk-test", model="stub", delay_seconds=0.0)
        super().__init__(folder, LanguageServerSettings(name=folder.name, completion=completion))

    def place(self, name: str, text: str) -> dict[str, Any]:
        """Opens a document with the cursor at ‸."""
        before, after = text.split("‸")
        self.open(name, before + after, language="python")
        buffer = self.buffers[name]
        return {"uri": buffer.uri, "position": position(buffer.text, len(before), self.encoding)}

    async def explained(self, place: dict[str, Any]) -> str:
        """What would be sent, as soon as the ignore files have been read."""
        async with asyncio.timeout(10):
            while (found := await self.command("pair.explainContext", place))["prompt"] is None:
                await asyncio.sleep(0.01)
        return str(found["prompt"])

    async def names(self, place: dict[str, Any]) -> list[str]:
        """The labels of the popup."""
        params = {"textDocument": {"uri": place["uri"]}, "position": place["position"], "context": {"triggerKind": 1}}
        answer = await self.server.request("textDocument/completion", params)
        return [item["label"] for item in answer["items"]]

    async def shown(self, place: dict[str, Any], piece: str) -> str:
        """What would be sent, once that has the piece in it."""
        line = 0
        async with asyncio.timeout(15):
            while piece not in (found := await self.explained(place)):
                line += 1  # pieces are chosen anew when the cursor comes to another line
                at = {"line": place["position"]["line"] - line % 2, "character": 0}
                await self.explained({**place, "position": at})
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[Asking, Stub]]:
    async with serving(says("rate")) as stub, Asking(folder, stub) as editor:
        yield editor, stub


async def test_a_document_that_is_open_elsewhere_only_is_shown_to_the_endpoint(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("lib/payroll.py", LIBRARY, language="python")
    await room_has(hub, "lib/payroll.py", LIBRARY)
    async with asking(joined(tmp_path / "eve", hub.url)) as (eve, stub):
        place = eve.place("main.py", ASKING)
        prompt = await eve.shown(place, "def compute_monthly_wages(hours, rate):  # é 😀")
        assert "lib/payroll.py" in prompt
        params = {"textDocument": {"uri": place["uri"]}, "position": place["position"], "context": {"triggerKind": 1}}
        await eve.server.request("textDocument/inlineCompletion", params)
        await until(lambda: stub.posts == 1, what="the endpoint is asked")
        sent = stub.calls[0].body["messages"]
        assert "\n\n".join(f"[{one['role']}]\n{one['content']}" for one in sent) == prompt


async def test_what_others_edit_in_a_document_that_is_not_open_here_comes_first(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("notes.txt", "filler\n" * 60)
    await bound(ada, "notes.txt")
    async with asking(joined(tmp_path / "eve", hub.url)) as (eve, _):
        place = eve.place("main.py", ASKING)
        await until(lambda: (eve.folder / "notes.txt").exists(), what="eve has the file")
        assert "notes.txt" not in await eve.explained(place)
        ada.replace("notes.txt", 7 * 40, 7 * 40, "unlike anything there 😀\n")
        assert "unlike anything there 😀" in await eve.shown(place, "notes.txt")


async def test_names_of_the_room_are_learned_and_follow_its_changes(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("payroll.py", LIBRARY, language="python")
    await room_has(hub, "payroll.py", LIBRARY)
    async with asking(joined(tmp_path / "eve", hub.url)) as (eve, _):
        place = eve.place("main.py", "import payroll\n\nprint(comp‸\n")
        async with asyncio.timeout(15):
            while "compute_monthly_wages" not in await eve.names(place):
                await asyncio.sleep(0.05)
        ada.replace("payroll.py", 0, len(LIBRARY), LIBRARY.replace("compute_monthly_wages", "compute_weekly_wages"))
        async with asyncio.timeout(15):
            while "compute_weekly_wages" not in (names := await eve.names(place)):
                await asyncio.sleep(0.05)
        assert "compute_monthly_wages" not in names


@pytest.mark.parametrize("name", [".env", "secrets.py", "ignored.py"])
async def test_a_document_of_the_room_that_is_excluded_is_neither_shown_nor_learned(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, name: str
) -> None:
    hidden = SECRET + LIBRARY.replace("compute_monthly", "hidden_monthly")
    for path, content in ((name, hidden), ("payroll.py", LIBRARY)):
        ada.open(path, content, language="python")
        await room_has(hub, path, content)
    folder = joined(tmp_path / "eve", hub.url)
    (folder / ".aiignore").write_text("ignored.py\n")
    async with asking(folder) as (eve, stub):
        place = eve.place("main.py", ASKING)
        await until(lambda: (eve.folder / name).exists(), what="eve has the file")
        prompt = await eve.shown(place, "def compute_monthly_wages")
        assert "hidden_monthly" not in prompt
        assert name not in prompt
        names = eve.place("names.py", "import payroll\n\nprint(compute_m‸\n")
        async with asyncio.timeout(15):
            while "compute_monthly_wages" not in await eve.names(names):
                await asyncio.sleep(0.05)
        assert not await eve.names(eve.place("hidden.py", "import payroll\n\nprint(hidden_m‸\n"))
        assert "hidden_monthly" not in stub.sent_text()


async def test_a_deleted_or_renamed_document_is_forgotten(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    ada.open("payroll.py", LIBRARY, language="python")
    await room_has(hub, "payroll.py", LIBRARY)
    async with asking(joined(tmp_path / "eve", hub.url)) as (eve, _):
        place = eve.place("main.py", ASKING)
        await eve.shown(place, "payroll.py")
        ada.close("payroll.py")
        (ada.folder / "payroll.py").write_text(LIBRARY)
        link = ada.pair_server.pair._link
        assert link is not None
        document_id = next(one for one, entry in link.entries().items() if entry.path == "payroll.py")
        await link.request("renameDocument", {"documentId": document_id, "path": "wages.py"})
        await eve.shown(place, "wages.py")
        await link.request("deleteDocument", {"documentId": document_id})
        await until(lambda: "wages.py" not in hub.paths(), what="it is gone")
        async with asyncio.timeout(15):
            while "wages.py" in await eve.explained(place):
                await asyncio.sleep(0.05)
