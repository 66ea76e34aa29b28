"""Letting the person choose in the editor: window/showMessageRequest. An editor that cannot ask answers nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pair_ls.language_server.convert import OWN_REQUEST_PREFIX
from pair_ls.language_server.editor_client import INFORMATION, EditorClient

TURN_SECONDS = 60.0
"""So long a question waits for the answer to the one before it; then both are before the person."""
_PREFIX = OWN_REQUEST_PREFIX + "question-"


class Questions:
    """One before the person at a time; the others wait, but not for ever: it may never be answered."""

    def __init__(self, editor: EditorClient) -> None:
        self._editor = editor
        self._turn = asyncio.Lock()
        self._last = 0
        self._open: dict[str, asyncio.Future[Any]] = {}

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """The title that was chosen; None if none was."""
        actions = [{"title": choice} for choice in choices]
        params = {"type": INFORMATION, "message": message, "actions": actions}
        async with self._in_turn():
            chosen = await self.request("window/showMessageRequest", params)
        title = chosen.get("title") if isinstance(chosen, dict) else None
        return title if title in choices else None

    @contextlib.asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            self._turn.release()

    async def request(self, method: str, params: Any) -> Any:
        """Another request that waits for its answer: the result (JSON, hence Any), None if the editor cannot do it."""
        self._last += 1
        request_id = f"{_PREFIX}{self._last}"
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[request_id] = answer
        self._editor.request(request_id, method, params)
        try:
            return await answer
        finally:
            self._open.pop(request_id, None)

    def answered(self, request_id: str, message: dict[str, Any]) -> bool:
        """The editor's answer; whether it was one to a question."""
        if not request_id.startswith(_PREFIX):
            return False
        answer = self._open.get(request_id)
        if answer is not None and not answer.done():
            answer.set_result(message.get("result"))
        return True
