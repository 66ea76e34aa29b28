r"""Where lines end: after \n, \r\n and \r, and nowhere else (LSP 3.17; str.splitlines knows more)."""

import re
from itertools import islice

_LINE_END = re.compile(r"\r\n|\n|\r")


def count_line_ends(text: str, end: int) -> int:
    r"""How many line ends are complete before offset `end`; between \r and \n none is."""
    count = text.count("\n", 0, end)
    returns = text.count("\r", 0, end)
    return count + returns - text.count("\r\n", 0, end + 1) if returns else count


def line_start(text: str, number: int) -> int:
    """The offset behind the first `number` line ends, of which the text must have as many. O(number)."""
    if number == 0:
        return 0
    if "\r" not in text:
        return len(text) - len(text.split("\n", number)[-1])
    return next(islice(_LINE_END.finditer(text), number - 1, None)).end()


def content_length(text: str) -> int:
    """How long the first line is without its end."""
    found = _LINE_END.search(text)
    return found.start() if found else len(text)
