"""One editor against a shared text that others edit, without any room between: the quickest way to break a binding."""

import random
from itertools import pairwise

from pair_ls.editor import LineEnding
from pair_ls.text import Delta, Edit, apply, normalize
from tests.simulation.clock import Clock
from tests.simulation.desk import Desk
from tests.simulation.editors.editor import Ways
from tests.simulation.editors.profiles import ALL
from tests.simulation.person import Ledger, Person

_BEGINNINGS = ("", "one\ntwo\nthree\n", "no end", "é😀\nzwei a\u0301\n\n\x0cdrei\u2028\n", "x" * 40 + "\n" + "y\n" * 10)


class OthersText:
    """The shared text, and others who change it."""

    def is_safe(self) -> bool:
        return True

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self) -> str:
        return self._text

    def edit(self, delta: Delta) -> None:
        self._text = apply(delta, self._text)


def others_edit(text: str, ledger: Ledger, dice: random.Random) -> Delta:
    """One update of somebody else: usually a key, sometimes a deletion, a replacement or several places."""
    if dice.random() < 0.05:
        return _after_a_time_alone(text, ledger, dice)
    start = dice.choice((0, len(text), dice.randint(0, len(text))))
    end = min(len(text), start + dice.choice((0, 0, 0, 0, 1, 3, 10)))
    keys = ("", "k", "k", "k\n", "\nk", "k\u0301é")
    new = dice.choice(keys)
    if "k" in new:
        new = new.replace("k", ledger.tag())
    if start == end and not new:
        new = ledger.tag()
    ledger.deleted |= set(text[start:end])
    edits = [Edit(start, end, new)]
    if dice.random() < 0.1 and start > 4:
        place = dice.randint(0, start - 2)
        edits.insert(0, Edit(place, place, ledger.tag()))
    return normalize(edits)


def _after_a_time_alone(text: str, ledger: Ledger, dice: random.Random) -> Delta:
    """Many places in one update, as when somebody comes back whose connection was gone."""
    places = sorted({dice.randint(0, len(text)) for _ in range(dice.randint(2, 12))})
    edits = []
    for place, following in pairwise((*places, len(text) + 1)):
        end = place if dice.random() < 0.7 else min(place + 2, following - 1)
        ledger.deleted |= set(text[place:end])
        edits.append(Edit(place, end, dice.choice(("", "\n", "é")) + ledger.tag()))
    return normalize(edits)


class Alone:
    """One run; everything in it follows from the seed."""

    def __init__(self, seed: int, ways: Ways | None = None) -> None:
        self.dice = random.Random(seed)
        self.clock = Clock()
        self.ledger = Ledger()
        self.ways = ways or self.dice.choice(ALL)
        text = self.dice.choice(_BEGINNINGS)
        if self.ways.ending is LineEnding.CRLF:
            text = _BEGINNINGS[1]  # an editor tells its line ending only by the line ends of the text
        self.shared = OthersText(text)
        self.desk = Desk(self.ways, self.shared, self.clock, self.dice, text)
        self.person = Person(self.desk.editor, self.ledger, self.dice)

    def run(self, actions: int = 40) -> None:
        self.act(actions)
        self.clock.run()
        self.check()

    def act(self, actions: int = 40) -> None:
        self.desk.open()
        for _ in range(actions):
            self._somebody_acts()

    def shows_the_shared_text(self) -> bool:
        binding, buffer = self.desk.binding, self.desk.editor.buffer
        has_forced_end = binding is not None and binding.editor_text.has_forced_end
        return (buffer[:-1] if has_forced_end else buffer) == self.shared.text()

    def check(self) -> None:
        binding = self.desk.binding
        assert binding is not None
        text, buffer = self.shared.text(), self.desk.editor.buffer
        assert self.desk.is_settled(), f"{self.ways.name}: not settled"
        assert self.shows_the_shared_text(), f"{self.ways.name}: editor {buffer!r}, shared {text!r}"
        seen = self.desk.editor.seen
        wrong = self.ledger.wrong(text, seen.destroyed, seen.torn)
        assert not wrong, f"{self.ways.name}: {wrong}"
        assert self.desk.drifts == 0, f"{self.ways.name}: drift"
        assert self.desk.editor.seen.wrong_ending == 0

    def _somebody_acts(self) -> None:
        if self.dice.random() < 0.6:
            pause = self.person.act()
        else:
            delta = others_edit(self.shared.text(), self.ledger, self.dice)
            self.shared.edit(delta)
            self.desk.remote_changed(delta)
            self.desk.check()
            pause = self.dice.choice((0.0, 0.01, 0.05, 0.2))
        self.clock.run(until=self.clock.now + pause)
