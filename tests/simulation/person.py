"""Somebody at an editor: types, deletes, pastes, replaces, undoes, saves. Every keystroke leaves its own letter."""

import random
from collections import Counter

from pair_ls.text import Edit
from tests.simulation.editors.editor import FakeEditor

_FIRST_TAG = 0x4E00  # more than 20,000 letters that no text has by itself
_AROUND = ("", "", "", "", "é", "😀", "a\u0301", "\n", "\n", " ", "\u2028", "\x0c", "👨‍👩‍👧")


class Ledger:
    """What everybody typed and deleted: who is to blame when a letter is missing or there twice."""

    def __init__(self) -> None:
        self._next = _FIRST_TAG
        self.typed: set[str] = set()
        self.deleted: set[str] = set()
        self.revived: set[str] = set()

    def tag(self) -> str:
        letter = chr(self._next)
        self._next += 1
        self.typed.add(letter)
        return letter

    def wrong(self, text: str, destroyed: set[str], torn: set[str]) -> list[str]:
        """The letters that are not in the final text as often as they must be; see `Seen` for the two excuses."""
        found = Counter(letter for letter in text if _FIRST_TAG <= ord(letter) < self._next)
        lost = [f"lost {letter}" for letter in sorted(self.typed - self.deleted - destroyed - set(found))]
        doubled = {letter for letter, times in found.items() if times > 1} - self.revived - torn
        return lost + [f"doubled {letter}" for letter in sorted(doubled)]


class Person:
    """`act` does one thing and says how long until the next, in seconds."""

    def __init__(self, editor: FakeEditor, ledger: Ledger, dice: random.Random) -> None:
        self._editor, self._ledger, self._dice = editor, ledger, dice
        self._caret = 0
        self._burst = 0

    def act(self) -> float:
        dice = self._dice
        self._editor.unblock()
        if self._burst:
            self._burst -= 1
            self._type()
            return dice.uniform(0.01, 0.08)
        kind = dice.choices(
            ("burst", "letter", "erase", "block", "replace", "paste", "undo", "cursors", "save", "tail"),
            (6, 6, 4, 2, 3, 2, 2, 1, 1, 2),
        )[0]
        match kind:
            case "burst":
                self._caret = self._place()
                self._burst = dice.randint(2, 12)
            case "letter":
                self._caret = self._place()
                self._type()
            case "erase":
                self._caret = self._place()
                self._replace(max(0, self._caret - dice.randint(1, 3)), self._caret, "")
            case "block":
                self._replace(*self._lines(), "")
            case "replace":
                self._replace(*self._lines(), self._key())
            case "paste":
                self._caret = self._place()
                self._replace(self._caret, self._caret, "\n".join(self._key() for _ in range(dice.randint(2, 4))))
            case "undo":
                self._undo()
            case "cursors":
                places = sorted({self._place() for _ in range(3)})
                self._editor.edit(*(Edit(place, place, self._key()) for place in places))
            case "save":
                self._editor.save()
            case "tail":
                self._caret = len(self._editor.buffer)
                start = max(0, self._caret - dice.choice((0, 0, 0, 1, 2)))
                self._replace(start, self._caret, self._tail(dice.choice(("", "k", "k\n"))))
        return dice.choice((0.0, 0.005, 0.03, 0.1, 0.3))

    def _type(self) -> None:
        self._caret = min(self._caret, len(self._editor.buffer))
        self._replace(self._caret, self._caret, self._key())

    def _key(self) -> str:
        return self._dice.choice(_AROUND) + self._ledger.tag()

    def _tail(self, pattern: str) -> str:
        return pattern.replace("k", self._ledger.tag()) if pattern else ""

    def _place(self) -> int:
        length = len(self._editor.buffer)
        return self._dice.choice((0, length, min(self._caret, length), self._dice.randint(0, length)))

    def _lines(self) -> tuple[int, int]:
        """Some whole lines, or a part of them."""
        start = self._dice.randint(0, len(self._editor.buffer))
        return start, min(len(self._editor.buffer), start + self._dice.choice((1, 2, 5, 10, 20)))

    def _replace(self, start: int, end: int, text: str) -> None:
        start, end = min(start, len(self._editor.buffer)), min(end, len(self._editor.buffer))
        if start == end and not text:
            return
        self._ledger.deleted |= set(self._editor.buffer[start:end])
        self._editor.edit(Edit(start, end, text))
        self._caret = start + len(text)

    def _undo(self) -> None:
        deleted, inserted = self._editor.undo()
        self._ledger.deleted |= set(deleted)
        self._ledger.revived |= set(inserted)
