"""The self-check at didSave: does the buffer hold what the editor has reported? Pure.

Neovim saves before it reports the last 150 ms of typing. So a difference is only believed when the reports that
follow do not explain it.
"""

from pair_ls.text import LineIndex

WAIT_SECONDS = 0.3


class SaveCheck:
    """The text of one didSave that differs from what was reported until then."""

    def __init__(self, text: str, now: float) -> None:
        self.text = text
        self.decide_at = now + WAIT_SECONDS
        self.is_hidden = False
        """Something else was reported afterwards: nobody can tell any more; the next didSave will."""

    def is_explained_by(self, lines: LineIndex) -> bool:
        """Whether what was reported leads to the saved text."""
        return len(lines) == len(self.text) and lines.text() == self.text
