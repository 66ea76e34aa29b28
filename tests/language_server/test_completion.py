"""Completion at the boundary: a real `pair-ls lsp` on stdio, a stub endpoint on loopback."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engines.stub_server import fails, says, serving
from tests.support.fake_editor import FakeEditor, position
from tests.support.json_rpc import ResponseError, until

PAYROLL = """class Payroll:
    def __init__(self, wages, bonus):
        self.wages = wages
        self.bonus = bonus

    def total(self):
        return self.wages + self.bonus

    def report(self):
        print(self.‸)
"""
OPEN_LINE = "import os\n\ndef compare(left, right):\n    result = ‸\n"
GHOST_TEXT = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}


class Typist:
    """One document in a fake editor, `‸` is the cursor."""

    def __init__(self, editor: FakeEditor, name: str, document: str) -> None:
        self.editor, self.name = editor, name
        before, after = document.split("‸")
        self.cursor = len(before)
        editor.open(name, before + after, language="python")
        self.buffer = editor.buffers[name]

    def type(self, text: str) -> None:
        self.editor.replace(self.name, self.cursor, self.cursor, text)
        self.cursor += len(text)

    def place(self) -> dict[str, Any]:
        at = position(self.buffer.text, self.cursor, self.editor.encoding)
        return {"textDocument": {"uri": self.buffer.uri}, "position": at}

    # Results are JSON as the LSP describes it, hence Any.
    async def items(self) -> list[Any]:
        answer = await self.editor.server.request(
            "textDocument/completion", {**self.place(), "context": {"triggerKind": 1}}
        )
        return list(answer["items"])

    async def settled(self) -> None:
        """Until the folder's ignore files have been read: nothing is sent before."""
        async with asyncio.timeout(10):
            while "still being read" in (await self.explained())["summary"]:
                await asyncio.sleep(0.02)

    async def explained(self) -> Any:
        return await self.editor.command("pair.explainContext", {**self.place(), "uri": self.buffer.uri})

    async def ghost(self, *, kind: int = 1, selected: object = None) -> list[Any]:
        context = {"triggerKind": kind, **({"selectedCompletionInfo": selected} if selected else {})}
        answer = await self.editor.server.request("textDocument/inlineCompletion", {**self.place(), "context": context})
        return list(answer["items"])


def libraries_of(process_id: int) -> str:
    """What a process has loaded, where the system tells."""
    maps = Path(f"/proc/{process_id}/maps")
    return maps.read_text() if maps.exists() else ""


def endpoint(url: str) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-test-1234567890abcdef",
        "PAIR_LS_COMPLETION_MODEL": "stub-model",
        "NO_PROXY": "*",
    }


async def test_popup_is_offline_at_once_and_openai_is_not_loaded(tmp_path: Path) -> None:
    started = time.monotonic()
    async with FakeEditor(tmp_path / "w") as editor:
        items = await Typist(editor, "pay.py", PAYROLL).items()
        assert time.monotonic() - started < 5.0  # the benchmark measures; here it must only not hang
        assert {item["label"] for item in items[:2]} <= {"wages", "bonus", "wages)", "bonus)"}
        assert [item["sortText"] for item in items] == sorted(item["sortText"] for item in items)
        assert items[0]["labelDetails"]["description"].startswith("offline · ")
        assert "pydantic_core" not in libraries_of(editor.server.process.pid)  # what openai brings along


async def test_resolve_tells_the_whole_text_and_how_sure_we_are(tmp_path: Path) -> None:
    async with FakeEditor(tmp_path / "w") as editor:
        items = await Typist(editor, "pay.py", PAYROLL).items()
        item = await editor.server.request("completionItem/resolve", items[0])
        assert "learned from the open code" in item["detail"]
        assert item["documentation"]["value"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_edit_replaces_the_typed_word_exactly(tmp_path: Path, encoding: str) -> None:
    async with FakeEditor(tmp_path / "w", encodings=(encoding,)) as editor:
        typist = Typist(editor, "pay.py", PAYROLL.replace("print(", "print('é😀', "))
        typist.type("wa")
        edit = next(item for item in await typist.items() if item["label"] == "wages")["textEdit"]
        end = typist.place()["position"]
        assert edit["newText"] == "wages"
        assert edit["range"]["end"] == end
        assert edit["range"]["start"] == {"line": end["line"], "character": end["character"] - 2}


async def test_crlf_document_is_completed(tmp_path: Path) -> None:
    async with FakeEditor(tmp_path / "w") as editor:
        typist = Typist(editor, "pay.py", PAYROLL.replace("\n", "\r\n"))
        assert "wages" in [item["label"] for item in await typist.items()]


async def test_ghost_text_comes_from_the_endpoint_and_goes_on_while_typing(tmp_path: Path) -> None:
    async with serving(says("left == right", first_seconds=0.05)) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            first = await typist.ghost()
            assert first[0]["insertText"] == "left == right"
            assert first[0]["range"] == {"start": typist.place()["position"], "end": typist.place()["position"]}
            for character in "left":
                typist.type(character)
                assert await typist.ghost(kind=2)
            assert (await typist.ghost(kind=2))[0]["insertText"] == " == right"
            assert stub.posts == 1
            status = await editor.command("pair.status")
            assert status["completion"]["summary"].startswith("stub-model ok")


async def test_selected_item_is_part_of_the_answer(tmp_path: Path) -> None:
    async with serving(says("(right)")) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            start = typist.place()["position"]
            typist.type("comp")
            end = typist.place()["position"]
            found = await typist.ghost(selected={"range": {"start": start, "end": end}, "text": "compare_all"})
            assert found[0]["insertText"] == "compare_all(right)"
            assert found[0]["range"] == {"start": start, "end": end}


async def test_cancelled_request_is_answered_quickly_and_its_answer_kept(tmp_path: Path) -> None:
    async with serving(says("left == right", first_seconds=0.4)) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            waiting = asyncio.create_task(typist.ghost())
            while not stub.posts:
                await asyncio.sleep(0.01)
            number = max(editor.server._waiting)
            started = time.monotonic()
            editor.server.notify("$/cancelRequest", {"id": number})
            with pytest.raises(ResponseError) as refused:
                await waiting
            assert time.monotonic() - started < 0.2
            assert refused.value.code == -32800
            typist.type("left")
            assert (await typist.ghost())[0]["insertText"] == " == right"
            assert stub.posts == 1


async def test_excluded_document_is_never_sent(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / ".aiignore").write_text("private.py\n")
    async with serving(says("never")) as stub:
        async with FakeEditor(folder, extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            for name in ("private.py", ".env"):
                typist = Typist(editor, name, OPEN_LINE)
                for _ in range(3):
                    await typist.ghost()
                    await asyncio.sleep(0.15)
                explained = await typist.explained()
                assert "Nothing of this document leaves your machine" in explained["summary"]
            assert stub.posts == 0
            status = await editor.command("pair.status")
            assert status["completion"]["summary"].startswith("off for this file")


@pytest.mark.parametrize("api", ["chat", "fim", "suffix"])
async def test_explain_context_shows_exactly_what_is_sent(tmp_path: Path, api: str) -> None:
    async with serving(says("left")) as stub:
        extra = {**endpoint(stub.url), "PAIR_LS_COMPLETION_API": api}
        async with FakeEditor(tmp_path / "w", extra=extra, capabilities=GHOST_TEXT) as editor:
            editor.open("other.py", "def compare(left, right):  # é 😀\n    return left == right\n", language="python")
            typist = Typist(editor, "a.py", OPEN_LINE.replace("import os", "password = 'Hunter2Tiger'"))
            await typist.settled()
            explained = await typist.explained()
            assert stub.posts == 0
            await typist.ghost()
            await until(lambda: stub.posts == 1, what="the endpoint is asked")
            sent = stub.calls[0].body
            assert explained["body"] == sent
            texts = [message["content"] for message in sent.get("messages", [])]
            assert all(text in explained["prompt"] for text in [*texts, sent.get("prompt", ""), sent.get("suffix", "")])
            assert "# é 😀" in explained["prompt"]
            assert "Hunter2Tiger" not in str(explained)


async def test_limits_are_shown_in_the_status(tmp_path: Path) -> None:
    async with serving(says("left")) as stub:
        extra = {**endpoint(stub.url), "PAIR_LS_COMPLETION_REQUESTS_PER_MINUTE": "1"}
        async with FakeEditor(tmp_path / "w", extra=extra, capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            before = (await editor.command("pair.status"))["completion"]
            assert before["limits"] == {"minute": 0, "perMinute": 1, "day": 0, "perDay": 5000}
            await typist.ghost()
            typist.type("left\n    another = ")
            await typist.ghost()
            status = (await editor.command("pair.status"))["completion"]
            assert stub.posts == 1
            assert status["limits"] == {"minute": 1, "perMinute": 1, "day": 1, "perDay": 5000}
            assert status["summary"] == "limit reached (1/1 a minute, 1/5000 a day), offline suggestions"
            assert status["kind"] == "Warning"


async def test_what_was_edited_lately_in_another_document_is_shown_to_the_endpoint(tmp_path: Path) -> None:
    async with serving(says("left")) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            editor.open("notes.txt", "filler\n" * 40)
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            assert "notes.txt" not in (await typist.explained())["prompt"]
            editor.append("notes.txt", "unlike anything there\n")
            typist.type("\n")
            explained = (await typist.explained())["prompt"]
            assert "notes.txt" in explained
            assert "unlike anything there" in explained


async def test_without_an_endpoint_nothing_is_explained_as_sent(tmp_path: Path) -> None:
    async with FakeEditor(tmp_path / "w") as editor:
        typist = Typist(editor, "a.py", OPEN_LINE)
        explained = await typist.explained()
        assert explained["prompt"] is None
        assert "no endpoint is configured" in explained["summary"]


async def test_feedback_is_taken_and_costs_no_request(tmp_path: Path) -> None:
    async with serving(says("left == right")) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            item = (await typist.ghost())[0]
            editor.server.notify("textDocument/didShowCompletion", {"item": item})
            for length in (4, 7, 13):
                editor.server.notify(
                    "textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": length}
                )
            typist.type("left == right"[:13])
            command = item["command"]
            assert re.fullmatch(r"model · (low|medium|high) \d+%", command["title"])
            await editor.server.request(
                "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
            )
            editor.server.notify("textDocument/didFocus", {"textDocument": {"uri": typist.buffer.uri}})
            counts = (await editor.command("pair.status"))["completion"]["counts"]
            assert counts == {"shown": 1, "accepted": 1, "partlyAccepted": 1, "acceptedCharacters": 13}
            assert stub.posts == 1


async def test_files_of_the_folder_are_learned_from(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "lib.py").write_text("def compute_monthly_wages():\n    pass\n")
    (folder / "node_modules" / "other.py").write_text("def compute_other_wages():\n    pass\n")
    async with FakeEditor(folder) as editor:
        typist = Typist(editor, "a.py", "import lib\n\nlib.‸\n")
        typist.type("comp")
        async with asyncio.timeout(10):
            while "compute_monthly_wages" not in (labels := [item["label"] for item in await typist.items()]):
                await asyncio.sleep(0.05)
        assert "compute_other_wages" not in labels


async def test_popup_brings_the_endpoint_where_there_is_no_ghost_text(tmp_path: Path) -> None:
    async with serving(says("left == right")) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url)) as editor:
            typist = Typist(editor, "a.py", OPEN_LINE)
            await typist.settled()
            await typist.items()
            async with asyncio.timeout(10):
                while "left == right" not in [item["label"] for item in await typist.items()]:
                    await asyncio.sleep(0.05)
            assert stub.posts == 1


async def test_a_refused_key_is_tried_again_when_the_settings_change(tmp_path: Path) -> None:
    async with serving(fails(401)) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "main.py", OPEN_LINE)
            await typist.settled()
            while not stub.posts:
                await typist.ghost()
            status = await editor.command("pair.status")
            assert "key refused" in status["completion"]["summary"]
            stub.answer = says("left == right")
            editor.server.notify("workspace/didChangeConfiguration", {"settings": None})
            async with asyncio.timeout(10):
                while not await typist.ghost():
                    pass
            assert stub.posts == 2


async def test_an_answer_speaks_of_the_text_that_was_asked_about(tmp_path: Path) -> None:
    async with serving(says("left == right", first_seconds=0.3)) as stub:
        async with FakeEditor(tmp_path / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT) as editor:
            typist = Typist(editor, "main.py", OPEN_LINE)
            await typist.settled()
            place = typist.place()["position"]
            waiting = asyncio.create_task(typist.ghost())
            async with asyncio.timeout(10):
                while not stub.posts:
                    await asyncio.sleep(0.01)
            editor.replace("main.py", 0, 0, "# one more line\n")
            (item,) = await waiting
            assert item["range"] == {"start": place, "end": place}
