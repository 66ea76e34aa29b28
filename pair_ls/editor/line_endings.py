r"""Line endings at the editor's border: inside, and in the shared text, a line ends with \n only.

The binding keeps positions right because \r\n and \n are both one line end that no position points into.
"""

import enum

from pair_ls.errors import TextRefused
from pair_ls.text import replace_lone_surrogates

SUBSTITUTE = "\x1a"
"""ASCII's own character for one that cannot be passed on. As wide as what it stands for in every encoding."""


class LineEnding(enum.Enum):
    """How a document's lines end in the editor."""

    LF = "\n"
    CRLF = "\r\n"


def check_text(text: str) -> None:
    r"""Refuses a text that cannot be shared: one with NUL (binary), or with \r that is no line end (old Mac)."""
    if "\0" in text:
        raise TextRefused(
            "This file is not shared: it contains NUL, so it seems to be binary. Only text files can be shared.",
            code="text-binary",
        )
    if "\r" in text and text.count("\r") > text.count("\r\n"):
        raise TextRefused(
            "This file is not shared: some of its lines end with a lone carriage return, where editors disagree on "
            "what a line is. Convert its line endings to LF or CRLF and open it again.",
            code="text-lone-cr",
        )


def line_ending_of(text: str) -> LineEnding:
    """The kind that most lines end with; LF if there is none."""
    crlf = text.count("\r\n") if "\r" in text else 0
    return LineEnding.CRLF if crlf and crlf > text.count("\n") - crlf else LineEnding.LF


def from_editor(text: str) -> str:
    r"""A reported text as it is inside: \n for \r\n, SUBSTITUTE for NUL and lone \r, U+FFFD for half a surrogate pair.

    A lone \r that somebody types into a shared document is a character for Neovim, Emacs and Helix, and VS Code never
    has one; LSP calls it a line end. One ordinary character keeps all positions right for those who have it.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", SUBSTITUTE)
    if "\0" in text:
        text = text.replace("\0", SUBSTITUTE)
    return text if text.isascii() else replace_lone_surrogates(text)


def to_editor(text: str, ending: LineEnding) -> str:
    """The text to send to an editor whose document ends its lines so."""
    return text.replace("\n", "\r\n") if ending is LineEnding.CRLF else text
