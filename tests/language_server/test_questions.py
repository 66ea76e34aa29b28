"""Questions come one after the other, but none is held up for ever by another that nobody answers."""

import asyncio
from typing import Any, cast

import pytest

from pair_ls.language_server import questions as module
from pair_ls.language_server.editor_client import EditorClient
from pair_ls.language_server.questions import Questions
from tests.support.json_rpc import until


class AskedEditor:
    def __init__(self) -> None:
        self.asked: dict[str, str] = {}  # message -> request id

    def request(self, request_id: str, method: str, params: Any) -> None:
        self.asked[params["message"]] = request_id


async def test_questions_come_one_after_the_other() -> None:
    editor = AskedEditor()
    questions = Questions(cast(EditorClient, editor))
    first, second = (asyncio.create_task(questions.ask(message, ("no", "yes"))) for message in ("é?", "b?"))
    await until(lambda: "é?" in editor.asked, what="the first question")
    assert list(editor.asked) == ["é?"]
    questions.answered(editor.asked["é?"], {"result": {"title": "yes"}})
    assert await first == "yes"
    await until(lambda: "b?" in editor.asked, what="the second question")
    questions.answered(editor.asked["b?"], {"result": None})
    assert await second is None


async def test_question_that_nobody_answers_does_not_hold_up_the_next_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.02)
    editor = AskedEditor()
    questions = Questions(cast(EditorClient, editor))
    first, second = (asyncio.create_task(questions.ask(message, ("no", "yes"))) for message in ("é?", "b?"))
    await until(lambda: "b?" in editor.asked, what="the second question", seconds=2)
    questions.answered(editor.asked["b?"], {"result": {"title": "no"}})
    assert await second == "no"
    questions.answered(editor.asked["é?"], {"result": {"title": "yes"}})  # late, but it counts
    assert await first == "yes"
