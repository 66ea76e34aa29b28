"""The text around the cursor, as filters look at it. Pure; lines end with LF."""

from dataclasses import dataclass
from functools import cached_property

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}


@dataclass(frozen=True)
class Situation:
    """`is_block`: several lines are wanted, not the rest of one."""

    prefix: str
    suffix: str
    is_block: bool = False

    @cached_property
    def line_before(self) -> str:
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @cached_property
    def line_after(self) -> str:
        return self.suffix[: self.suffix.find("\n") + 1 or None].removesuffix("\n")

    @cached_property
    def lines_below(self) -> list[str]:
        """The first lines below that are not blank."""
        lines = self.suffix.split("\n", 12)[1:12]
        return [line for line in lines if line.strip()][:5]

    @cached_property
    def lines_above(self) -> list[str]:
        """The nearest lines above that are not blank, the nearest first."""
        lines = self.prefix[-4000:].split("\n")[:-1]
        return [line for line in reversed(lines) if line.strip()][:12]

    @cached_property
    def indent(self) -> str:
        return self.line_before[: len(self.line_before) - len(self.line_before.lstrip())]

    @cached_property
    def open_brackets(self) -> list[str]:
        """Brackets that are open at the cursor and not closed by the rest of the line; the innermost last."""
        stack = unclosed(self.prefix[-2000:])
        for character in self.line_after:
            if character in CLOSERS and stack and stack[-1] == CLOSERS[character]:
                stack.pop()
            elif character in OPENERS:
                break
        return stack


def unclosed(text: str) -> list[str]:
    """Opening brackets without their counterpart, the innermost last. Brackets in short strings do not count."""
    stack: list[str] = []
    for character in without_strings(text):
        if character in OPENERS:
            stack.append(character)
        elif character in CLOSERS and stack and stack[-1] == CLOSERS[character]:
            stack.pop()
    return stack


def without_strings(text: str) -> str:
    """The text with the inside of one-line strings blanked, so that offsets stay."""
    out: list[str] = []
    quote = ""
    escaped = False
    for character in text:
        if quote:
            ends = character == "\n" or (character == quote and not escaped)
            escaped = character == "\\" and not escaped
            out.append(character if ends else " ")
            quote = "" if ends else quote
        else:
            if character in "\"'`" and not (out and (out[-1].isalnum() or out[-1] == "&")):
                quote, escaped = character, False
            out.append(character)
    return "".join(out)
