r"""Where lines end: after \n, \r\n and \r, and nowhere else (LSP 3.17; str.splitlines knows more)."""

import re
from itertools import islice

_LINE_END = re.compile(r"\r\n|\n|\r")


def count_line_ends(text: str) -> int:
    """How many line ends the text has."""
    count = text.count("\n")
    return count + text.count("\r") - text.count("\r\n") if "\r" in text else count


def count_line_ends_before(text: str, offset: int) -> int:
    r"""How many line ends are complete before the offset; the one around an offset between \r and \n is not."""
    count = text.count("\n", 0, offset)
    if "\r" in text:
        count += text.count("\r", 0, offset) - text.count("\r\n", 0, offset + 1)
    return count


def line_start(text: str, number: int) -> int:
    """The offset behind the first `number` line ends, of which the text must have as many; takes O(number)."""
    if number == 0:
        return 0
    if "\r" not in text:
        return len(text) - len(text.split("\n", number)[-1])
    return next(islice(_LINE_END.finditer(text), number - 1, None)).end()


def find_line_end(text: str, start: int) -> int:
    """The offset of the first line end from `start` on, or -1."""
    found = _LINE_END.search(text, start)
    return found.start() if found else -1


def last_line_start(text: str, offset: int) -> int:
    r"""The offset behind the last line end that is complete before `offset`, or -1. Not for offsets inside a \r\n."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1 or -1
