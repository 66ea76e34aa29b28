"""An editor's view of the driver, so that a test reads as a dialogue: type, ask, see."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from pair_ls.completion.candidate import Candidate
from pair_ls.completion.context import OtherDocument
from pair_ls.completion.engine import Engine
from pair_ls.completion.policy import Policy
from pair_ls.completion.request import Door, Trigger
from pair_ls.engines.completion_driver import Asked, CompletionDriver
from pair_ls.engines.openai import OpenAIEngine

# `wages` follows `self.` so often that the offline model is sure of it.
CODE = """class Payroll:
    def __init__(self, wages, bonus):
        self.wages = wages
        self.bonus = bonus

    def total(self):
        return self.wages + self.bonus

    def report(self):
        print(self.wages)
        print(self.wages)
        print(self.wages)
        print(self.‸)
"""
OPEN_LINE = "import os\n\ndef compare(left, right):\n    result = ‸\n"


class Editor:
    """One document, `‸` is the cursor."""

    def __init__(self, driver: CompletionDriver, document: str, uri: str = "file:///w/main.py") -> None:
        self.driver, self.uri = driver, uri
        self.reason_off = ""
        before, self.after = document.split("‸")
        self.before = before
        driver.opened(uri, "python", before + self.after)

    def type(self, text: str) -> None:
        self.before += text

    def delete(self, count: int) -> None:
        self.before = self.before[: len(self.before) - count]

    async def ask(
        self, *, door: Door = Door.INLINE, trigger: Trigger = Trigger.AUTOMATIC, selected: str = "", back: int = 0
    ) -> tuple[Candidate, ...]:
        asked = Asked(
            uri=self.uri,
            language_id="python",
            text=self.before + self.after,
            offset=len(self.before),
            door=door,
            trigger=trigger,
            reason_off=self.reason_off,
            selected=selected,
            selected_from=len(self.before) - back if selected else None,
        )
        return (await self.driver.complete(asked)).candidates

    async def sees(self) -> str:
        """The text of the first candidate, "" for none."""
        found = await self.ask()
        return found[0].text if found else ""


def policy(**values: object) -> Policy:
    """Quick for tests: no pacing, but the limits as they are."""
    settings: dict[str, object] = {
        "model": "stub-model",
        "has_endpoint": True,
        "pacing_seconds": 0.0,
        "requests_per_minute": 1000,
    }
    return Policy(**(settings | values))  # type: ignore[arg-type]  # values by name, checked by the dataclass


@asynccontextmanager
async def driving(
    url: str | None,
    *,
    engine: Engine | None = None,
    key: str | None = "sk-test",
    others: Callable[[str], Sequence[OtherDocument]] = lambda uri: (),
    **values: object,
) -> AsyncIterator[CompletionDriver]:
    if engine is None and url is not None:
        engine = OpenAIEngine(base_url=url, key=key, read_seconds=float(str(values.get("timeout_seconds", 8.0))))
    driver = CompletionDriver(policy(**values), engine, others=others)
    try:
        yield driver
    finally:
        await driver.stop()


async def until(condition: object, seconds: float = 5.0) -> None:
    """Waits until `condition()` is true."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
