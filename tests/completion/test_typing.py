"""A recorded person types, an endpoint answers in its own time: what is on the screen before the next key.

The core alone, with a clock that is moved by hand, so the figures are the same on every machine. bench/inline_bench.py
measures the same through a real server.
"""

import heapq
import itertools
import random
from dataclasses import dataclass, field

import pytest

from bench.inline_bench import TRACES, Key, recording
from pair_ls.completion.confidence import Token
from pair_ls.completion.effects import Answer, Effect, FlightId, StartFlight, StopFlight
from pair_ls.completion.learned.model import LearnedModel
from pair_ls.completion.policy import Policy
from pair_ls.completion.request import Door, Request, RequestId
from pair_ls.completion.steps import Completions

URI = "file:///w/component.svelte"
SKIP, KEYS = 3000, 500
PIECE_SECONDS = 0.01


@dataclass
class Desk:
    """The person, the core and the endpoint, on one clock."""

    latency: float
    core: Completions = field(
        default_factory=lambda: Completions(
            Policy(model="m", has_endpoint=True, requests_per_minute=10_000), LearnedModel()
        )
    )
    now: float = 0.0
    truth: str = "x"
    posts: int = 0
    aborted: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    flying: set[FlightId] = field(default_factory=set)
    events: list[tuple[float, int, FlightId, str]] = field(default_factory=list)  # when, order, flight, piece
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    by_request: dict[int, Key] = field(default_factory=dict)

    def run_until(self, end: float) -> None:
        """What the endpoint says and what the core wanted to be woken for, in the order of time."""
        while True:
            wake = self.core.wake_at
            event = self.events[0][0] if self.events else None
            times = [time for time in (wake, event) if time is not None]
            if not times or min(times) > end:
                break
            self.now = max(self.now, min(times))
            if event is not None and event <= self.now:
                _, _, flight, piece = heapq.heappop(self.events)
                if flight not in self.flying:
                    continue
                if piece:
                    self.do(self.core.received(flight, [Token(piece, 0.0)], self.now))
                else:
                    self.flying.discard(flight)
                    self.do(self.core.landed(flight, self.now))
            else:
                self.do(self.core.tick(self.now))
        self.now = end

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Answer(request_id, candidates, _):
                    key = self.by_request[request_id]
                    assert not key.answered, "answered once"
                    key.answered, key.text = self.now + 1.0, candidates[0].text if candidates else ""
                case StartFlight(flight_id, _):
                    self.start(flight_id)
                case StopFlight(flight_id) if flight_id in self.flying:
                    self.flying.discard(flight_id)
                    self.aborted += 1

    def start(self, flight: FlightId) -> None:
        self.posts += 1
        self.flying.add(flight)
        text = self.truth if self.dice.random() < 0.5 else "wrong_guess(value)"
        pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
        for number, piece in enumerate([*pieces, ""]):
            at = self.now + self.latency + number * PIECE_SECONDS
            heapq.heappush(self.events, (at, next(self.numbers), flight, piece))


@pytest.mark.parametrize(("latency", "least_visible", "most_aborted"), [(0.3, 60, 0.2), (0.8, 33, 0.3)])
def test_a21_suggestions_are_there_before_the_next_key(latency: float, least_visible: int, most_aborted: float) -> None:
    text, keys = recording(TRACES / "sveltecomponent.json.gz", SKIP, KEYS)
    desk = Desk(latency)
    desk.core.model.open(URI, "svelte", text)
    for number, key in enumerate(keys):
        desk.run_until(key.at)
        for at, deleted, added in key.patches:
            text = text[:at] + added + text[at + deleted :]
        at, _, added = key.patches[-1]
        cursor = at + len(added)
        desk.truth = key.truth
        desk.core.model.set_text(URI, text)
        if number:
            desk.do(desk.core.cancel(RequestId(number), desk.now))  # as editors do
        request = Request(RequestId(number + 1), URI, "svelte", text[:cursor], text[cursor:], Door.INLINE)
        desk.by_request[number + 1] = key
        desk.do(desk.core.ask(request, desk.now))
    desk.run_until(keys[-1].at + 20)
    ends = [key.at for key in keys[1:]] + [keys[-1].at + 20]
    visible = [key for key, end in zip(keys, ends, strict=True) if key.text and key.answered - 1.0 < end]
    assert 100 * len(visible) / KEYS >= least_visible
    assert 100 * desk.posts / KEYS <= 35
    assert desk.aborted / desk.posts <= most_aborted
    assert not desk.core.unanswered
