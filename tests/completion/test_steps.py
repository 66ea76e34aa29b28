"""The life of requests: who is asked, in which order, and that each gets exactly one answer."""

import random
from collections import Counter

import pytest

from pair_ls.completion.breaker import Failure
from pair_ls.completion.candidate import Candidate, Source
from pair_ls.completion.confidence import Token
from pair_ls.completion.effects import Answer, Cancelled, Effect, FlightId, StartFlight, StopFlight
from pair_ls.completion.learned.model import LearnedModel
from pair_ls.completion.policy import Policy
from pair_ls.completion.request import Door, Request, RequestId, Trigger
from pair_ls.completion.status import Health
from pair_ls.completion.steps import Completions

URI = "file:///a.py"
DOCUMENT = "import os\n\ndef compare(left, right):\n    result = ‸\n"
SURE = (
    "class A:\n    def f(self):\n        self.wages = 1\n        print(self.wages)\n"
    "        print(self.wages)\n        print(self.‸\n"
)


class Stage:
    """A core with its clock, and a user who types."""

    def __init__(self, document: str = DOCUMENT, language: str = "python", **values: object) -> None:
        settings: dict[str, object] = {"model": "m", "has_endpoint": True}
        self.core = Completions(Policy(**(settings | values)), LearnedModel())  # type: ignore[arg-type]  # settings of all types
        self.before, self.after = document.split("‸")
        self.core.model.open(URI, language, self.before + self.after)
        self.language = language
        self.now = 0.0
        self.number = 0
        self.answers: dict[int, tuple[Candidate, ...]] = {}
        self.counts: Counter[int] = Counter()
        self.flights: list[FlightId] = []
        self.stopped: list[FlightId] = []

    def ask(self, *, door: Door = Door.INLINE, trigger: Trigger = Trigger.AUTOMATIC, reason_off: str = "") -> int:
        self.number += 1
        self.core.model.set_text(URI, self.before + self.after)
        request = Request(
            RequestId(self.number), URI, self.language, self.before, self.after, door, trigger, reason_off=reason_off
        )
        self.do(self.core.ask(request, self.now))
        return self.number

    def type(self, text: str) -> int:
        self.before += text
        return self.ask()

    def wait(self, seconds: float) -> None:
        """Time passes; the core is woken when it wanted."""
        end = self.now + seconds
        while (wake := self.core.wake_at) is not None and wake <= end:
            self.now = max(self.now, wake)
            self.do(self.core.tick(self.now))
        self.now = end

    def says(self, text: str, *, end: bool = True) -> None:
        flight = self.flights[-1]
        self.do(self.core.received(flight, [Token(text, -0.05)], self.now))
        if end:
            self.do(self.core.landed(flight, self.now))

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Answer(request_id, candidates, _):
                    self.counts[request_id] += 1
                    self.answers[request_id] = candidates
                case Cancelled(request_id):
                    self.counts[request_id] += 1
                case StartFlight(flight_id, _):
                    self.flights.append(flight_id)
                case StopFlight(flight_id):
                    self.stopped.append(flight_id)

    def text(self, number: int) -> str | None:
        """What was answered: None for not yet, "" for nothing."""
        if number not in self.answers:
            return None
        return self.answers[number][0].text if self.answers[number] else ""


def test_the_endpoint_is_asked_after_a_pause_in_typing() -> None:
    stage = Stage()
    first = stage.ask()
    stage.wait(0.05)
    second = stage.type("l")
    assert stage.text(first) == ""
    assert not stage.flights
    stage.wait(0.11)
    assert len(stage.flights) == 1
    stage.says("eft == right")
    assert stage.text(second) == "eft == right"


def test_an_asked_for_completion_does_not_wait_for_a_pause() -> None:
    stage = Stage()
    stage.ask(trigger=Trigger.INVOKED)
    assert len(stage.flights) == 1


def test_typing_what_is_in_flight_waits_for_it_and_asks_once() -> None:
    stage = Stage(ghost_wait_seconds=5.0)
    stage.ask()
    stage.wait(0.2)
    last = [stage.type(character) for character in "left"][-1]
    stage.wait(0.5)
    stage.says("left == right")
    assert stage.text(last) == " == right"
    assert len(stage.flights) == 1


def test_a_cancel_detaches_but_the_answer_is_kept() -> None:
    stage = Stage()
    first = stage.ask()
    stage.wait(0.2)
    stage.do(stage.core.cancel(RequestId(first), stage.now))
    assert not stage.stopped
    stage.says("left == right")
    assert stage.text(first) is None
    assert stage.text(stage.type("left")) == " == right"
    assert len(stage.flights) == 1


def test_a_cancel_before_the_pause_is_over_asks_nobody() -> None:
    stage = Stage()
    first = stage.ask()
    stage.do(stage.core.cancel(RequestId(first), stage.now))
    stage.wait(1.0)
    assert not stage.flights


def test_other_typing_than_foreseen_asks_anew_at_once() -> None:
    stage = Stage(ghost_wait_seconds=5.0)
    stage.ask()
    stage.wait(0.2)
    second = stage.type("r")
    stage.says("left")
    assert len(stage.flights) == 2
    stage.says("ight")
    assert stage.text(second) == "ight"


def test_a_slip_that_is_corrected_keeps_the_flight() -> None:
    stage = Stage(ghost_wait_seconds=5.0)
    stage.type("le")
    stage.wait(0.2)
    stage.before = stage.before[:-1]
    stage.ask()
    stage.wait(0.05)
    last = stage.type("e")
    stage.wait(0.3)
    stage.says("ft == right")
    assert stage.text(last) == "ft == right"
    assert (len(stage.flights), stage.stopped) == (1, [])


def test_a_slip_that_is_not_corrected_stops_the_flight_with_the_next_pause() -> None:
    stage = Stage()
    stage.type("le")
    stage.wait(0.2)
    stage.before = stage.before[:-2] + "r"
    stage.ask()
    assert stage.stopped == stage.flights[:1]  # another letter is no slip
    stage.wait(0.2)
    stage.before = stage.before[:-1]
    stage.ask()
    assert len(stage.stopped) == 1
    stage.wait(0.11)
    assert stage.stopped == stage.flights[:2]
    assert len(stage.flights) == 3


@pytest.mark.parametrize(
    ("language", "line", "asks"),
    [
        ("rust", "    let x = 1;‸", False), ("rust", "fn main() {‸", False),
        ("typescript", "items.map(x => {‸", False),
        ("typescript", "import {‸", True),
        ("typescript", "const x: Map<string>;‸ // y", True), ("python", "    if x == y:‸", False),
        ("python", "    x: ‸", True),
        ("python", "print(x);‸", True),
    ],
)  # fmt: skip
def test_nothing_is_asked_behind_a_finished_line(language: str, line: str, asks: bool) -> None:
    stage = Stage("some = text\n" + line + "\n", language=language)
    stage.ask()
    stage.wait(0.2)
    assert bool(stage.flights) == asks


def test_going_elsewhere_stops_the_flight_at_once() -> None:
    stage = Stage()
    stage.ask()
    stage.wait(0.2)
    stage.before = "import os\n\nelsewhere = 1\nx = "
    stage.ask()
    assert stage.stopped == stage.flights[:1]


def test_an_edit_without_a_request_stops_a_flight_that_no_longer_fits() -> None:
    stage = Stage()
    stage.ask()
    stage.wait(0.2)
    stage.do(stage.core.left(URI, stage.before + "l", stage.after, stage.now))
    assert not stage.stopped
    stage.do(stage.core.left(URI, "something else", "", stage.now))
    assert stage.stopped


def test_a_complete_first_line_is_enough() -> None:
    stage = Stage()
    first = stage.ask()
    stage.wait(0.2)
    stage.says("left == right\nand", end=False)
    assert stage.text(first) == "left == right"
    assert stage.stopped == stage.flights


def test_a_sure_offline_answer_asks_nobody() -> None:
    stage = Stage(SURE, sure_confidence=0.3)
    assert stage.text(stage.ask()) in ("wages", "wages)")
    stage.wait(1.0)
    assert not stage.flights


def test_a_slow_endpoint_is_covered_by_the_offline_answer() -> None:
    stage = Stage(SURE, least_offline_confidence=0.2, sure_confidence=2.0)
    first = stage.ask()
    stage.wait(0.59)
    assert stage.text(first) is None
    stage.wait(0.02)
    assert stage.answers[first][0].source is Source.OFFLINE


def test_without_an_offline_answer_the_endpoint_gets_more_time() -> None:
    stage = Stage(least_offline_confidence=2.0)
    first = stage.ask()
    stage.wait(2.0)
    assert stage.text(first) is None
    stage.says("left")
    assert stage.text(first) == "left"


def test_silence_ends_at_the_timeout() -> None:
    stage = Stage(least_offline_confidence=2.0, timeout_seconds=3.0)
    first = stage.ask()
    stage.wait(3.2)
    assert stage.text(first) == ""
    assert stage.stopped == stage.flights


def test_failure_keeps_whole_lines() -> None:
    stage = Stage(least_offline_confidence=2.0)
    first = stage.ask(trigger=Trigger.INVOKED)
    stage.do(stage.core.received(stage.flights[0], [Token("<think>", -0.1)], stage.now))
    stage.do(stage.core.received(stage.flights[0], [Token("a</think>left == right\n", -0.1)], stage.now))
    assert stage.text(first) == "left == right"
    second = stage.type("\n    other = ")
    stage.wait(0.2)
    stage.do(stage.core.failed(stage.flights[-1], Failure.BROKEN, stage.now))
    assert stage.text(second) == ""


def test_nothing_to_offer_is_remembered() -> None:
    stage = Stage(least_offline_confidence=2.0)
    stage.ask()
    stage.wait(0.2)
    stage.says("")
    assert stage.text(stage.ask()) == ""
    stage.wait(1.0)
    assert len(stage.flights) == 1


@pytest.mark.parametrize("why", [".aiignore", "may hold secrets"])
def test_excluded_documents_never_fly(why: str) -> None:
    stage = Stage(items_ask_endpoint=True)
    for door in Door:
        for trigger in Trigger:
            stage.ask(door=door, trigger=trigger, reason_off=why)
            stage.wait(1.0)
    assert not stage.flights
    assert stage.core.status(stage.now, reason_off=why).health is Health.INACTIVE


def test_no_automatic_question_inside_a_word_or_in_an_empty_document() -> None:
    for document in (DOCUMENT.replace("‸", "‸word"), "x‸\n"):
        stage = Stage(document)
        stage.ask()
        stage.wait(1.0)
        assert not stage.flights


def test_low_confidence_is_not_shown_unless_asked_for() -> None:
    stage = Stage(least_confidence=0.9, least_offline_confidence=2.0)
    first = stage.ask()
    stage.wait(0.2)
    stage.do(stage.core.received(stage.flights[0], [Token("left", -2.0)], stage.now))
    stage.do(stage.core.landed(stage.flights[0], stage.now))
    assert stage.text(first) == ""
    assert stage.text(stage.ask(trigger=Trigger.INVOKED)) == "left"


def test_status_says_how_it_is() -> None:
    stage = Stage()
    assert stage.core.status(0.0).summary.startswith("m ok")
    stage.core.breaker.failed(Failure.BUSY, 0.0, retry_after=60.0)
    assert stage.core.status(0.0, clock="14:03").summary == "rate limited until 14:03, offline suggestions"
    stage.core.breaker.reset()
    for _ in range(3):
        stage.core.breaker.failed(Failure.BROKEN, 0.0, reason="HTTP 500")
    assert stage.core.status(0.0).summary == "endpoint fails (HTTP 500), next try in 5 s, offline suggestions"
    stage.core.breaker.failed(Failure.NOT_INSTALLED, 0.0)
    assert "pip install 'pair-ls[ai]'" in stage.core.status(0.0).summary
    assert stage.core.status(0.0, reason_off=".aiignore").summary.startswith("off for this file: .aiignore")
    assert Stage(has_endpoint=False).core.status(0.0).summary.startswith("offline suggestions")


@pytest.mark.parametrize("seed", range(10))
def test_every_request_is_answered_exactly_once(seed: int) -> None:
    """Ten thousand requests altogether, with cancels, edits, failures and pieces of answers in any order."""
    dice = random.Random(seed)
    stage = Stage(requests_per_minute=10_000, requests_per_day=100_000, items_ask_endpoint=dice.random() < 0.5)
    pieces = ("l", "left", " == ", "(", ")", "\n    ", "é😀", ".", "right", "\n")
    while stage.number < 1000:
        step = dice.random()
        if step < 0.5:
            stage.before += dice.choice(pieces)
            stage.ask(
                door=dice.choice(list(Door)),
                trigger=dice.choice(list(Trigger)),
                reason_off="" if dice.random() < 0.9 else "x",
            )
        elif step < 0.6:
            stage.do(stage.core.cancel(RequestId(dice.randrange(1, stage.number + 2)), stage.now))
        elif step < 0.7 and stage.flights:
            flight = dice.choice(stage.flights[-3:])
            stage.do(stage.core.received(flight, [Token(dice.choice(pieces), -dice.random())], stage.now))
        elif step < 0.75 and stage.flights:
            stage.do(stage.core.landed(dice.choice(stage.flights[-3:]), stage.now))
        elif step < 0.78 and stage.flights:
            stage.do(
                stage.core.failed(stage.flights[-1], dice.choice(list(Failure)), stage.now, retry_after=dice.random())
            )
            if dice.random() < 0.5:
                stage.do(stage.core.set_policy(stage.core.policy))
        elif step < 0.82:
            stage.before = stage.before[: -dice.randrange(1, 6)] or "import os\n"
        elif step < 0.85:
            stage.before = DOCUMENT.split("‸")[0]
        else:
            stage.wait(dice.random() * 0.4)
    for number in range(1, stage.number + 1):
        stage.do(stage.core.cancel(RequestId(number), stage.now))
    stage.wait(30.0)
    assert set(stage.counts.values()) == {1}, seed
    assert len(stage.counts) == stage.number, seed
    assert stage.core.unanswered == 0
    assert len(set(stage.flights)) == len(stage.flights)


def test_a_line_that_is_done_ends_its_flight() -> None:
    stage = Stage()
    stage.ask()
    stage.wait(0.2)
    stage.type("left\n    other = ")
    assert stage.stopped == stage.flights
