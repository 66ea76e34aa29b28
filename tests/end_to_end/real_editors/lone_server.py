"""A language server of one document that others edit at random: the binding, a real editor, and nothing between them.

Run as `pair-ls lsp` by a real editor. What others do follows from LONE_SEED and goes on for LONE_SECONDS after the
document was opened; while all is at rest after that, LONE_RESULT is written (JSON): the shared text, the lines that the
editor is believed to hold, and "problem" where the text grew without end. Each letter that others write is another one.
"""

import json
import os
import random
import select
import time
from pathlib import Path
from typing import Any

from pair_ls.editor import (
    ApplyEdit,
    Barrier,
    Binding,
    BindingEffect,
    EditorHabits,
    EditShared,
    WakeAt,
    from_editor,
    known_habits,
)
from pair_ls.text import ContentChange, Edit, Position, PositionEncoding, Range, TextEdit, apply
from tests.end_to_end.real_editors.base_protocol import Messages

PAUSE_SECONDS = 0.03
REST_SECONDS = 0.5
MOST_CHARACTERS = 20_000
FIRST_LETTER = 0x4E00  # CJK: what a person types in this test is from another block


class Others:
    """What they do next, most of it at the end of the text, where editors disagree."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._letters = (chr(number) for number in range(FIRST_LETTER, FIRST_LETTER + 20_000))

    def pause(self) -> float:
        return self._dice.expovariate(1 / PAUSE_SECONDS)

    def edit(self, text: str) -> Edit | None:
        dice, length = self._dice, len(text)
        near_end = dice.randint(max(0, length - 6), length)
        match dice.choices(range(6), weights=(25, 35, 12, 10, 10, 8))[0]:
            case 0:
                return Edit(length, length, "\n")
            case 1:
                return Edit(length, length, next(self._letters))
            case 2:
                return Edit(length, length, "\n" + next(self._letters))
            case 3:
                return Edit(
                    near_end, near_end, dice.choice(("", "\n")) + next(self._letters) + dice.choice(("\n", "\n\n"))
                )
            case 4:
                start = max(0, near_end - dice.randint(1, 3))
                return Edit(start, near_end, "") if start < near_end else None
            case _:
                place = dice.randint(0, length)
                return Edit(place, place, next(self._letters))


class LoneServer:
    """One editor, one document."""

    def __init__(self, seed: int, seconds: float, result: Path) -> None:
        self.is_over = False
        self._others, self._seconds, self._result = Others(seed), seconds, result
        self._messages = Messages()
        self._asked: dict[int, tuple[type[ApplyEdit] | type[Barrier], int]] = {}
        self._habits = EditorHabits()
        self._encoding = PositionEncoding.UTF16
        self._binding: Binding | None = None
        self._uri, self._shared = "", ""
        self._wake_at = self._edit_at = self._end_at = float("inf")

    def feed(self, data: bytes) -> None:
        for message in self._messages.feed(data):
            self._take(message)

    def seconds_left(self) -> float:
        """Until something is due."""
        return max(0.0, min(self._wake_at, self._edit_at, time.monotonic() + 0.1) - time.monotonic())

    def tick(self) -> None:
        now, binding = time.monotonic(), self._binding
        if binding is None:
            return
        if now >= self._wake_at:
            self._wake_at = float("inf")
            self._carry_out(binding.tick(now))
        if now >= self._edit_at:
            self._edit_at = now + self._others.pause() if now < self._end_at else float("inf")
            edit = self._others.edit(self._shared)
            if edit is not None:
                self._shared = apply((edit,), self._shared)
                self._carry_out(binding.remote_changed((edit,), now))
        if len(self._shared) > MOST_CHARACTERS:
            self._tell("it grows without end")
        elif now > self._end_at + REST_SECONDS and binding.is_settled:
            self._tell(None)

    def _tell(self, problem: str | None) -> None:
        assert self._binding is not None
        found = {"shared": self._shared, "lines": self._binding.editor_text.lines.text(), "problem": problem}
        new = self._result.with_suffix(".new")
        new.write_text(json.dumps(found))
        new.replace(self._result)
        self.is_over = problem is not None

    def _take(self, message: Any) -> None:
        now, params = time.monotonic(), message.get("params")
        match message.get("method"):
            case None:
                kind, request_id = self._asked.pop(message["id"])
                result = message.get("result")
                if self._binding is not None and kind is ApplyEdit:
                    applied = bool(isinstance(result, dict) and result.get("applied"))
                    self._carry_out(self._binding.edit_answered(request_id, applied, now))
                elif self._binding is not None:
                    self._carry_out(self._binding.barrier_answered(request_id, now))
            case "initialize":
                self._messages.send({"id": message["id"], "result": {"capabilities": self._greeted(params)}})
            case "textDocument/didOpen":
                self._open(params["textDocument"], now)
            case "textDocument/didChange" if self._binding is not None:
                version = params["textDocument"]["version"]
                changes = [change_of(each) for each in params["contentChanges"]]
                self._carry_out(self._binding.editor_changed(version, changes, now))
            case "exit":
                self.is_over = True
            case _ if "id" in message:
                self._messages.send({"id": message["id"], "result": None})

    def _greeted(self, params: Any) -> dict[str, Any]:
        client = params.get("clientInfo") or {}
        offered = params["capabilities"].get("general", {}).get("positionEncodings", ["utf-16"])
        self._habits = known_habits(client.get("name", ""), client.get("version", ""))
        self._encoding = PositionEncoding(offered[0])
        synchronization = {"openClose": True, "change": 2, "save": {"includeText": True}}
        return {"positionEncoding": offered[0], "textDocumentSync": synchronization}

    def _open(self, document: Any, now: float) -> None:
        text = document["text"]
        self._uri, self._shared = document["uri"], from_editor(text)
        self._binding = Binding(
            text=text,
            version=document["version"],
            shared=self._shared,
            encoding=self._encoding,
            habits=self._habits,
            base=self._shared,
        )
        self._carry_out(self._binding.opened(now))
        self._edit_at, self._end_at = now + REST_SECONDS, now + self._seconds

    def _carry_out(self, effects: list[BindingEffect]) -> None:
        for effect in effects:
            match effect:
                case EditShared(edits):
                    self._shared = apply(edits, self._shared)
                case ApplyEdit(request_id, version, text_edit):
                    edit = {"textDocument": {"uri": self._uri, "version": version}, "edits": [json_of(text_edit)]}
                    self._ask(ApplyEdit, request_id, "workspace/applyEdit", {"edit": {"documentChanges": [edit]}})
                case Barrier(request_id):
                    self._ask(Barrier, request_id, "workspace/configuration", {"items": []})
                case WakeAt(at):
                    self._wake_at = at
                case _:
                    pass

    def _ask(self, kind: type[ApplyEdit] | type[Barrier], request_id: int, method: str, params: object) -> None:
        self._asked[request_id] = (kind, request_id)
        self._messages.send({"id": request_id, "method": method, "params": params})


def change_of(change: Any) -> ContentChange:
    covered = change.get("range")
    if covered is None:
        return ContentChange(change["text"], None)
    start, end = (Position(covered[side]["line"], covered[side]["character"]) for side in ("start", "end"))
    return ContentChange(change["text"], Range(start, end))


def json_of(edit: TextEdit) -> dict[str, Any]:
    places = (edit.range.start, edit.range.end)
    start, end = ({"line": place.line, "character": place.character} for place in places)
    return {"range": {"start": start, "end": end}, "newText": edit.new_text}


def main() -> None:
    seed, seconds = int(os.environ["LONE_SEED"]), float(os.environ["LONE_SECONDS"])
    server = LoneServer(seed, seconds, Path(os.environ["LONE_RESULT"]))
    while not server.is_over:
        ready, _, _ = select.select([0], [], [], server.seconds_left())
        if ready:
            data = os.read(0, 1 << 16)
            if not data:
                return
            server.feed(data)
        server.tick()


if __name__ == "__main__":
    main()
