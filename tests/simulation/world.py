"""A whole room on virtual time: editors and bindings, replicas, the hub, its store; and everything that goes wrong."""

import random
import traceback

from pair_ls.editor import LineEnding
from tests.simulation.clock import Clock
from tests.simulation.editors.editor import Ways
from tests.simulation.editors.profiles import ALL
from tests.simulation.hub import Hub
from tests.simulation.participant import Participant
from tests.simulation.person import Ledger

BEGINNINGS = (
    "",
    "one\ntwo\nthree\n",
    "no end",
    "é😀\nzwei a\u0301\n\n\x0cdrei\u2028\n",
    "def f():\n    return 1\n\n\nprint(f())\n" * 5,
)
_WITH_LINE_ENDS = BEGINNINGS[1]
_REST = 90.0
"""Seconds after the last disturbance in which everything must have come to rest."""


class World:
    """One run; everything in it follows from the seed."""

    def __init__(self, seed: int, *ways: Ways) -> None:
        self.seed = seed
        self.dice = dice = random.Random(seed)
        self.clock = Clock()
        self.ledger = Ledger()
        chosen = ways or tuple(dice.choice(ALL) for _ in range(dice.choice((2, 2, 3, 3, 4, 5))))
        text = dice.choice(BEGINNINGS)
        if any(one.ending is LineEnding.CRLF for one in chosen):
            text = _WITH_LINE_ENDS  # an editor tells its line ending only by the line ends of the text
        self.hub = Hub(self.clock, dice)
        is_wire_bad = dice.random() < 0.3
        self.participants = [
            Participant(
                f"{number}-{one.name}", one, self.hub, self.clock, dice, self.ledger, text=text, is_wire_bad=is_wire_bad
            )
            for number, one in enumerate(chosen)
        ]

    def run(self) -> None:
        self.clock.run(until=self.clock.now + 0.5)
        actions = self.dice.randint(30, 80)
        for participant in self.participants:
            self._act_later(participant, 0.0, actions // len(self.participants))
        for _ in range(self.dice.choice((0, 0, 1, 2))):
            self.clock.after(self.dice.uniform(0.0, 4.0), self._disturb)
        self.clock.run(until=self.clock.now + 6.0)
        self.clock.run(until=self.clock.now + _REST)
        self.check()

    def _act_later(self, participant: Participant, pause: float, left: int) -> None:
        def act() -> None:
            wait = 0.2
            if participant.is_open and participant.desk.editor.is_open:
                wait = participant.person.act()
            self._act_later(participant, wait, left - 1)

        if left:
            self.clock.after(pause, act)

    def _disturb(self) -> None:
        victim = self.dice.choice(self.participants)
        match self.dice.choice(("kill", "lose", "partition", "reopen", "crash", "reset")):
            case "kill":
                self.hub.kill()
            case "lose":
                victim.lose_connection()
            case "partition":
                victim.go_deaf(self.dice.uniform(0.1, 1.5))
            case "reopen":
                victim.reopen()
            case "crash":
                victim.crash()
            case "reset":
                victim.be_reset()

    def check(self) -> None:
        """Every buffer, every replica, the hub and the store are the same; no letter is lost or there twice."""
        document_id = self.participants[0].document_id
        assert document_id is not None
        text = self.hub.stored_text(document_id)
        assert self.hub.room.text(document_id) == text, "the hub differs from its store"
        destroyed: set[str] = set()
        torn: set[str] = set()
        for participant in self.participants:
            self._check_participant(participant, text)
            destroyed |= participant.desk.editor.seen.destroyed
            torn |= participant.desk.editor.seen.torn | participant.desk.torn
        wrong = self.ledger.wrong(text, destroyed, torn)
        assert not wrong, f"{wrong} in {text!r}"

    def _check_participant(self, participant: Participant, text: str) -> None:
        desk, name = participant.desk, participant.name
        assert participant.text() == text, f"{name}: its replica differs from the hub's"
        assert participant.replica.unacknowledged() == 0, f"{name}: unacknowledged edits"
        assert desk.binding is not None, f"{name}: not open"
        assert desk.is_settled(), f"{name}: its editor is not up to date"
        buffer = desk.editor.buffer
        shown = buffer[:-1] if desk.binding.editor_text.has_forced_end else buffer
        assert shown == text, f"{name}: shows {buffer!r}, the room has {text!r}"
        assert desk.drifts == 0, f"{name}: a drift was repaired, but there was none"
        assert desk.editor.seen.wrong_ending == 0, f"{name}: a line ending of the wrong kind"
        requests = desk.requests - desk.refused_in_pauses
        assert requests <= 3 * desk.updates, f"{name}: {requests} requests for {desk.updates} updates"


def failure_of(seed: int) -> str | None:
    """Plays one seed; what went wrong, and with whom, or None."""
    names = "?"
    try:
        world = World(seed)
        names = ", ".join(participant.name for participant in world.participants)
        world.run()
    except Exception:  # the edge of a run: any exception is a finding
        return f"[{names}] {traceback.format_exc(limit=-1)}"
    return None


def failures_of(seeds: range) -> tuple[int, list[tuple[int, str]]]:
    """How many were played, and those that failed."""
    problems = ((seed, failure_of(seed)) for seed in seeds)
    return len(seeds), [(seed, problem) for seed, problem in problems if problem is not None]
