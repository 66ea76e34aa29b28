"""Work that is done a step at a time, so that whoever does it can do something else in between. Pure.

A step takes at most a millisecond or two, however much there is to do. What a step works on is either its own or
checked again after each `yield`: anything may have happened in between.
"""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""`next` does a step; the result comes with StopIteration, or from `yield from`."""


def all_at_once(steps: Steps[T]) -> T:
    """The result, without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
