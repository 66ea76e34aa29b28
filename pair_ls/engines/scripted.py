"""An engine that answers from a table: for tests and demonstrations. No network."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from pair_ls.completion.confidence import Token
from pair_ls.completion.engine import EngineFailure, Models
from pair_ls.completion.prompt import Prompt


class ScriptedEngine:
    """`answers` maps the end of what stands before the cursor to the answer, or to a failure. Streams words."""

    def __init__(self, answers: Mapping[str, str | EngineFailure], *, delay_seconds: float = 0.0) -> None:
        self._answers = answers
        self._delay = delay_seconds
        self.prompts: list[Prompt] = []
        self.abandoned = 0

    async def models(self) -> Models:
        return Models(("scripted",))

    async def stream(self, prompt: Prompt, model: str) -> AsyncIterator[tuple[Token, ...] | EngineFailure]:
        self.prompts.append(prompt)
        try:
            await asyncio.sleep(self._delay)
        except asyncio.CancelledError:
            self.abandoned += 1
            raise
        answer = self._answer(prompt)
        if isinstance(answer, EngineFailure):
            yield answer
            return
        for piece in answer.splitlines(keepends=True):
            yield (Token(piece, -0.05),)

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _answer(self, prompt: Prompt) -> str | EngineFailure:
        shown = prompt.messages[-1].content.split("<CURSOR>")[0] if prompt.messages else prompt.text
        before = shown.split("<|fim_suffix|>")[0]
        found = [end for end in self._answers if before.endswith(end)]
        return self._answers[max(found, key=len)] if found else ""
