"""Random sessions of three editors: typing, refused edits, saving, undo, a hub that comes and goes. All end equal."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.language_server.inside import EditorInside, bound, joined, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until

ALPHABET = ("a", "b", "é", "😀", "e\u0301", "\u2028", "\n", "\n", "\f", "word ", "line\n")
NAMES = ("x.py", "deep/é.txt")
STEPS = 120


class Session:
    """Three editors, each on a folder of its own, and what they do."""

    def __init__(self, seed: int, hub: RoomServer, editors: list[EditorInside]) -> None:
        self.random = random.Random(seed)
        self.hub = hub
        self.editors = editors
        self.typed = 0

    async def step(self) -> None:
        editor = self.random.choice(self.editors)
        name = self.random.choice(NAMES)
        match self.random.choices(
            ("type", "delete", "undo", "reject", "hub", "save", "turn"), weights=(60, 20, 3, 5, 1, 3, 20)
        )[0]:
            case "type":
                self.type(editor, name)
            case "delete":
                self.delete(editor, name)
            case "undo":
                await editor.command("pair.undo", editor.buffers[name].uri)
            case "reject":
                editor.accepts_edits = not editor.accepts_edits
            case "hub":
                await self.hub.stop()
                self.type(editor, name)
                await self.hub.start()
            case "save":
                editor.save(name)
            case "turn":
                await asyncio.sleep(self.random.choice((0, 0, 0.01)))

    def type(self, editor: EditorInside, name: str) -> None:
        text = editor.text(name)
        at = self.random.randint(0, len(text))
        if self.is_line_end_cut(text, at):
            at += 1
        editor.replace(name, at, at, "".join(self.random.choices(ALPHABET, k=self.random.randint(1, 4))))

    def delete(self, editor: EditorInside, name: str) -> None:
        text = editor.text(name)
        start = self.random.randint(0, len(text))
        end = min(len(text), start + self.random.randint(0, 6))
        if not self.is_line_end_cut(text, start) and not self.is_line_end_cut(text, end):
            editor.replace(name, start, end, "")

    @staticmethod
    def is_line_end_cut(text: str, at: int) -> bool:
        return text[at - 1 : at + 1] == "\r\n"


def inside(text: str) -> str:
    return text.replace("\r\n", "\n")


async def all_equal(editors: list[EditorInside], name: str) -> None:
    await until(lambda: len({inside(editor.text(name)) for editor in editors}) == 1, what=f"equal texts of {name}")


async def all_safe(editor: EditorInside) -> None:
    await until(lambda: not editor.pair_server.pair.status().unacknowledged, what="all safe")


@pytest.mark.parametrize("seed", range(6))
async def test_all_texts_end_equal(tmp_path: Path, hub: RoomServer, seed: int) -> None:
    async with (
        EditorInside(joined(tmp_path / "ada", hub.url)) as ada,
        EditorInside(joined(tmp_path / "bob", hub.url), encodings=("utf-8",)) as bob,
        EditorInside(joined(tmp_path / "eve", hub.url), encodings=("utf-32",)) as eve,
    ):
        editors = [ada, bob, eve]
        for name in NAMES:
            ada.open(name, "one\r\ntwo\r\n" if name == "x.py" else "é😀\n")
            await bound(ada, name)
            for other in (bob, eve):
                other.open(name, "")
                await bound(other, name)
        session = Session(seed, hub, editors)
        for _ in range(STEPS):
            await session.step()
        for editor in editors:
            editor.accepts_edits = True
            await state_of(editor, "connected")
        for name in NAMES:
            await all_equal(editors, name)
            await room_has(hub, name, inside(ada.text(name)))
        for editor in editors:
            await all_safe(editor)
            assert editor.pair_server.pair.status().repaired_drifts == 0
