"""What the text core costs, with its targets: time per edit in both directions, time per difference.

python -m bench.text
"""

import os
import random
import time
from collections.abc import Callable, Iterator

from pair_ls.text import ContentChange, Edit, LineIndex, Position, PositionEncoding, Range, difference

_UTF16 = PositionEncoding.UTF16
_MEGABYTE = 1_000_000
_EDITS = 3000
_CODE = "def return self x value index for in range if else import None True foo bar_baz (a, b) = + - [] #"
_WORDS = _CODE.split()
_OTHER_WORDS = [f"other_{word}" for word in _WORDS]


def main() -> None:
    """Prints the table."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; targets are for p50")
    print(f"{'':66}{'p50':>10}{'p99':>10}{'target':>10}")
    for kind, size, target in (
        ("", 1, 10.0),
        (", 10 % of the lines not ASCII", 1, 10.0),
        (" in one line", 1, 10.0),
        ("", 10, 20.0),
        (", 10 % of the lines not ASCII", 10, 20.0),
    ):
        text = _text(kind, size * _MEGABYTE)
        title = f"{size} MB{kind}"
        _print_row(f"build, {title}", "ms", _times(5, LineIndex, text))
        _print_row(f"range to applied edit, {title}", "us", _changes_of_an_editor(text), target)
        _print_row(f"offsets to range, applied, {title}", "us", _edits_for_an_editor(text), target)
        _print_row(f"typing, {title}", "us", _typing(text), target)
        _print_row(f"offset to UTF-8 offset, {title}", "us", _utf8_offsets(text))
    for title, before, after, target in _pairs():
        _print_row(f"difference, {title}", "ms", _times(7, difference, before, after), target)


def _print_row(title: str, unit: str, seconds: list[float], target: float | None = None) -> None:
    scale = {"us": 1e6, "ms": 1e3}[unit]
    times = sorted(value * scale for value in seconds)
    median, high = times[len(times) // 2], times[len(times) * 99 // 100]
    verdict = "" if target is None else f"{target:10g} {'ok' if median <= target else 'OVER'}"
    print(f"{f'{title} ({unit})':66}{median:10.2f}{high:10.2f}{verdict}", flush=True)


def _times(count: int, call: Callable[..., object], *arguments: object) -> list[float]:
    return [_time(call, *arguments) for _ in range(count)]


def _time(call: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def _changes_of_an_editor(text: str) -> list[float]:
    index, chance = LineIndex(text), random.Random(1)
    times = []
    for _ in range(_EDITS):
        line = chance.randrange(index.line_count)
        character = chance.randrange(max(len(index.line(line)), 1))
        here = Position(line, character)
        change = chance.choices(
            [
                ContentChange("x", Range(here, here)),
                ContentChange("\n", Range(here, here)),
                ContentChange("", Range(here, Position(line, character + 1))),
            ],
            [85, 5, 10],
        )[0]
        times.append(_time(index.apply_change, change, _UTF16))
    return times


def _edits_for_an_editor(text: str) -> list[float]:
    index, chance = LineIndex(text), random.Random(2)
    times = []
    for _ in range(_EDITS):
        offset = chance.randrange(len(index))
        edit = chance.choices([Edit(offset, offset, "x"), Edit(offset, offset + 1, "")], [90, 10])[0]
        times.append(_time(index.text_edit, edit, _UTF16) + _time(index.replace, edit))
    return times


def _typing(text: str) -> list[float]:
    """Lines of 50 keys in the middle of the text."""
    index = LineIndex(text)
    line = index.line_count // 2
    at = Position(line, len(index.line(line)) // 2)
    times = []
    for number in range(_EDITS):
        key = "\n" if number % 50 == 49 else "x"
        times.append(_time(index.apply_change, ContentChange(key, Range(at, at)), _UTF16))
        at = Position(at.line + 1, 0) if key == "\n" else Position(at.line, at.character + 1)
    return times


def _utf8_offsets(text: str) -> list[float]:
    index, chance = LineIndex(text), random.Random(3)
    return [_time(index.utf8_offset, chance.randrange(len(text))) for _ in range(_EDITS)]


def _pairs() -> Iterator[tuple[str, str, str, float]]:
    text = _text("", _MEGABYTE)
    chance = random.Random(4)
    lines = text.splitlines(keepends=True)
    middle = len(text) // 2
    yield "one key in 1 MB", text, text[:middle] + "é" + text[middle:], 1
    yield "three scattered edits in 1 MB", text, _with_three_edits(text), 30
    one_line = _text(" in one line", _MEGABYTE)
    yield "three scattered edits in one line of 1 MB", one_line, _with_three_edits(one_line), 500
    re_indented = "".join(f"    {line}" if chance.random() < 0.3 else line for line in lines)
    yield "30 % of the lines of 1 MB re-indented", text, re_indented, 500
    yield "1 MB unrelated", text, _text("", _MEGABYTE, _OTHER_WORDS), 500
    yield "all lines of 1 MB shuffled", text, "".join(chance.sample(lines, len(lines))), 500


def _with_three_edits(text: str) -> str:
    for tenth in (9, 5, 1):
        at = len(text) * tenth // 10
        text = text[:at] + "é new" + text[at + 3 :]
    return text


def _text(kind: str, size: int, words: list[str] = _WORDS) -> str:
    chance = random.Random(5)
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(chance.choices(words, k=chance.randrange(14)))
        if "not ASCII" in kind and chance.random() < 0.1:
            line += chance.choice([" é", " 漢字", " 😀", " ünï"])
        line = f"{line} " if "one line" in kind else f"{'    ' * chance.randrange(4)}{line}\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)[:size]


if __name__ == "__main__":
    main()
