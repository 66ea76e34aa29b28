"""The model that the quick code is compared with: one str, walked through character by character."""

import re
from collections.abc import Callable

from pair_ls.text import Edit, Position, PositionEncoding

_WIDTH: dict[PositionEncoding, Callable[[str], int]] = {
    PositionEncoding.UTF8: lambda character: len(character.encode("utf-8", "surrogatepass")),
    PositionEncoding.UTF16: lambda character: 2 if ord(character) > 0xFFFF else 1,
    PositionEncoding.UTF32: lambda character: 1,
}


def width(text: str, encoding: PositionEncoding) -> int:
    return sum(_WIDTH[encoding](character) for character in text)


def lines(text: str) -> list[str]:
    """With their ends."""
    starts = [0] + [found.end() for found in re.finditer("\r\n|\n|\r", text)]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def offset(text: str, position: Position, encoding: PositionEncoding) -> int:
    before = lines(text)[: position.line]
    if len(before) < position.line or position.line == len(lines(text)):
        return len(text)
    content = lines(text)[position.line].rstrip("\r\n")
    fitting = 0
    while fitting < len(content) and width(content[: fitting + 1], encoding) <= position.character:
        fitting += 1
    return len("".join(before)) + fitting


def position(text: str, at: int, encoding: PositionEncoding) -> Position:
    if is_inside_line_end(text, at):
        at -= 1
    before = lines(text[:at])
    return Position(len(before) - 1, width(before[-1], encoding))


def is_inside_line_end(text: str, at: int) -> bool:
    return at > 0 and text[at - 1 : at + 1] == "\r\n"


def replaced(text: str, edit: Edit) -> str:
    return text[: edit.start] + edit.new_text + text[edit.end :]
