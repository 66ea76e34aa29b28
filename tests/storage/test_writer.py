"""The thread that writes."""

import asyncio
from functools import partial

import pytest

from pair_ls.storage.writer import Writer


async def test_work_is_done_in_the_order_in_which_it_was_given() -> None:
    writer = Writer()
    done: list[int] = []
    await asyncio.gather(*(writer.run(partial(done.append, number)) for number in range(100)))
    writer.shutdown()
    assert done == list(range(100))


async def test_an_error_goes_to_who_waits_and_the_next_work_is_done() -> None:
    writer = Writer()

    def fail() -> None:
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        await writer.run(fail)
    assert await writer.run(lambda: 7) == 7
    writer.shutdown()


async def test_work_is_done_although_nobody_waits_any_more_and_before_the_end() -> None:
    writer = Writer()
    done: list[str] = []
    writer.run(lambda: done.append("given up")).cancel()
    writer.shutdown()
    await asyncio.sleep(0)
    assert done == ["given up"]
