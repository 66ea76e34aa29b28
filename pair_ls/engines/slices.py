"""Runs long work in short slices, so that the event loop is never held for more than a few milliseconds."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from pair_ls.completion.stepwise import Steps

T = TypeVar("T")

_SLICE_SECONDS = 0.001  # of the thread's own time, so that a busy machine does not cut it to nothing


class Slices:
    """Works through iterators, one after the other, a slice of the loop's time at once. Idle: no task."""

    def __init__(self) -> None:
        self._jobs: deque[Iterator[None]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[Any]] = set()

    def add(self, job: Iterator[None], *, is_long: bool = False) -> None:
        """A short job is done before this returns."""
        self._jobs.append(job)
        if self._task is None or self._task.done():
            if not is_long:
                self._work()
            if self._jobs:
                self._task = asyncio.get_running_loop().create_task(self._work_on(), name="learn")

    @staticmethod
    async def through(steps: Steps[T]) -> T:
        """The result of some steps that somebody waits for; others have their turn in between."""
        end = time.thread_time() + _SLICE_SECONDS
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            if time.thread_time() >= end:
                await asyncio.sleep(0)
                end = time.thread_time() + _SLICE_SECONDS

    # The result of the coroutine is nobody's concern, hence Any.
    def run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """A coroutine to finish some time, kept from being collected."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def done(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def stop(self) -> None:
        self._jobs.clear()
        tasks = [task for task in (self._task, *self._others) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_on(self) -> None:
        while self._jobs:
            await asyncio.sleep(0.001)  # not 0: what came in meanwhile goes first
            self._work()

    def _work(self) -> None:
        end = time.thread_time() + _SLICE_SECONDS
        while self._jobs and time.thread_time() < end:
            job = self._jobs[0]
            for _ in job:
                if time.thread_time() >= end:
                    return
            self._jobs.popleft()
