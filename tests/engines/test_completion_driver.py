"""The driver works in slices: whatever is large, others have their turn in between."""

import asyncio
from collections.abc import Awaitable

from pair_ls.completion.request import Door
from pair_ls.engines.completion_driver import CompletionDriver
from tests.engines.editor import CODE, Editor, driving, policy

MANY = "".join(
    f"def compute_{number}(price, amount):\n    return price * amount + {number}\n\n" for number in range(6000)
)


async def turns_during(work: Awaitable[object]) -> int:
    """How often somebody else has a turn of the loop meanwhile."""
    task = asyncio.ensure_future(work)
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


async def test_a_large_document_is_learned_asked_and_replaced_in_slices() -> None:
    async with driving(None) as driver:
        editor = Editor(driver, MANY + CODE)
        assert await turns_during(driver.learned()) > 15
        assert await turns_during(editor.ask(door=Door.ITEMS)) > 2
        editor.before = editor.before.replace("price", "cost")
        assert await turns_during(editor.ask(door=Door.ITEMS)) > 10
        assert (await editor.ask())[0].text.startswith("wages")


async def test_a_document_that_is_edited_while_it_is_learned_ends_as_it_is() -> None:
    async with driving(None) as driver:
        editor = Editor(driver, MANY + CODE)
        await asyncio.sleep(0.01)
        editor.before = editor.before.replace("wages", "salary")
        assert await editor.ask(door=Door.ITEMS) == ()  # not learned yet
        await driver.learned()
        assert (await editor.ask())[0].text.startswith("salary")


async def test_a_question_that_is_given_up_leaves_everything_in_order() -> None:
    async with driving(None) as driver:
        editor = Editor(driver, MANY + CODE)
        await driver.learned()
        for pauses in range(12):
            editor.before = editor.before.replace("price" if pauses % 2 else "cost", "cost" if pauses % 2 else "price")
            task = asyncio.create_task(editor.ask(door=Door.ITEMS))
            for _ in range(3 * pauses):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert (await editor.ask())[0].text.startswith("wages")


async def test_what_a_closed_document_said_last_is_learned_from() -> None:
    async with driving(None) as driver:
        first = Editor(driver, "value.first_name()\nvalue.‸\n", uri="file:///w/first.py")
        await driver.learned()
        first.type("another_name()")
        await first.ask(door=Door.ITEMS)
        driver.closed(first.uri)
        second = Editor(driver, "def f(value):\n    value.an‸\n", uri="file:///w/second.py")
        await driver.learned()
        assert "another_name" in [candidate.text for candidate in await second.ask(door=Door.ITEMS)]


async def test_a_file_that_stays_here_is_told_to_the_status() -> None:
    told: list[str] = []
    driver = CompletionDriver(policy(), None, on_status=lambda: told.append(driver.status().summary))
    editor = Editor(driver, CODE)
    for reason in (".aiignore", ".aiignore", ""):
        editor.reason_off = reason
        await editor.ask()
    await driver.stop()
    offs = [summary.startswith("off for this file: .aiignore") for summary in told]
    assert any(offs)
    assert not offs[-1]
