"""When a streamed answer is complete, so that the rest need not be waited for. Pure."""

from pair_ls.completion.cleaning.situation import Situation, unclosed

_MOST_LINES = 200
_MOST_BLOCK_LINES = 24
_MOST_CHARACTERS = 12_000


def wants_block(prefix: str, suffix: str) -> bool:
    """Several lines only where a block begins: after a line that opens one, on an empty line, with nothing behind."""
    situation = Situation(prefix, suffix)
    if situation.line_after.strip() or situation.line_before.strip():
        return False
    above = situation.lines_above[0].rstrip() if situation.lines_above else ""
    return above.endswith(("{", ":", "(", "[", "=>", "->", "then", "do")) and _is_new_block(situation, above)


def _is_new_block(situation: Situation, above: str) -> bool:
    """The block is still empty: the line below is not deeper than the line that opened it."""
    if not situation.lines_below:
        return True
    below = situation.lines_below[0]
    return len(below) - len(below.lstrip()) <= len(above) - len(above.lstrip())


def is_complete(answer: str, situation: Situation) -> bool:
    """Whether what has arrived says all that will be shown."""
    if len(answer) > _MOST_CHARACTERS or answer.count("\n") > _MOST_LINES:
        return True
    body = answer
    if answer.lstrip().startswith("<think"):
        if "</think>" not in answer:
            return False
        body = answer.split("</think>", 1)[1]
    if "```" in body:
        return body.count("```") >= 2 and not situation.is_block
    if not situation.is_block:
        return "\n" in body.lstrip("\n") and bool(body.strip())
    return _is_block_complete(body, situation)


def _is_block_complete(body: str, situation: Situation) -> bool:
    """A line that is indented less than the block has begun, or the block has become long and is at a line's end."""
    *lines, last = body.split("\n")
    least = len(situation.indent.expandtabs(4))
    for line in [*lines[1:], last]:
        if line.strip() and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) < least:
            return True
    return len(lines) >= _MOST_BLOCK_LINES and not unclosed("\n".join(lines))
