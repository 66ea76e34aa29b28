"""When to ask whom: the lookup order and the life of every request, as a state machine. Pure.

    typed through or cached -> request in flight -> offline model -> pacing -> endpoint

- Every request gets exactly one `Answer` or `Cancelled`.
- A client's cancel detaches its request; the flight goes on for whoever comes next, and lands in the cache.
- One flight at a time: it ends when another replaces it, in time, or when the text no longer fits what it was asked
  for and does not come back to it (a slip that is corrected) within the pause that another would wait for.
- Ghost text waits for the endpoint, but not longer than `ghost_wait_seconds`; a popup never waits.
- Without an endpoint, while it is paused, or for a document that must stay here, the offline model answers at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pair_ls.completion.breaker import Breaker, Failure
from pair_ls.completion.budget import Budget
from pair_ls.completion.cache import AnswerCache, Place, place_of
from pair_ls.completion.candidate import Candidate, Kind, Source
from pair_ls.completion.cleaning import Situation, clean
from pair_ls.completion.completeness import is_complete, wants_block
from pair_ls.completion.confidence import Token, model_confidence
from pair_ls.completion.context import OtherDocument, SnippetMemory, build_context
from pair_ls.completion.effects import (
    Answer,
    Cancelled,
    Effect,
    FlightId,
    StartFlight,
    StatusChanged,
    StopFlight,
    WakeAt,
)
from pair_ls.completion.learned.model import LearnedModel
from pair_ls.completion.offline import offline_candidates
from pair_ls.completion.policy import Policy
from pair_ls.completion.prompt import Prompt, build_prompt, wire_of
from pair_ls.completion.request import Door, Request, RequestId, Trigger
from pair_ls.completion.status import CompletionStatus, describe
from pair_ls.completion.stepwise import Steps

_LATENCIES = 10
_LINE_ENDS = re.compile(r"(?:;|\)\s*\{|=>\s*\{)\s*$")
_PYTHON_LINE_ENDS = re.compile(r"^\s*(?:class|def|elif|else|except|finally|for|if|try|while|with)\b.*:\s*$")
_LONGEST_SLIP = 40  # characters
_LEAST_TEXT = 10  # characters before the cursor, below which a model can only guess


@dataclass(slots=True)
class _Waiter:
    """A request without an answer yet. `paced_until`: when it may go upstream; None once it is attached to a flight."""

    request: Request
    answer_by: float
    paced_until: float | None


@dataclass(slots=True)
class _Flight:
    """A question under way. `silent` ones were started for a popup, which nobody waits for."""

    id: FlightId
    place: Place
    situation: Situation
    started: float
    deadline: float
    received: str = ""
    tokens: list[Token] = field(default_factory=list)
    first_piece: float | None = None
    useless_at: float | None = None  # the text went elsewhere: when to stop, unless it comes back or another takes off


class Completions:
    """All of one user's completion. Calls never raise for what an editor or an endpoint does."""

    def __init__(self, policy: Policy, model: LearnedModel) -> None:
        self.policy = policy
        self.model = model
        self.breaker = Breaker()
        self.budget = Budget(per_minute=policy.requests_per_minute, per_day=policy.requests_per_day)
        self.cache = AnswerCache()
        self._snippets = SnippetMemory()
        self._waiters: dict[RequestId, _Waiter] = {}
        self._paced: Request | None = None  # a popup's wish to have the endpoint asked
        self._paced_until = 0.0
        self._flight: _Flight | None = None
        self._flights = 0
        self._latencies: list[float] = []
        self._offline_of: dict[RequestId, tuple[Candidate, ...]] = {}  # worked out once per request
        self._last: Request | None = None

    # What the shell tells us.

    def set_policy(self, policy: Policy) -> list[Effect]:
        """The settings changed: what was refused may be tried again."""
        self.policy = policy
        self.budget = Budget(per_minute=policy.requests_per_minute, per_day=policy.requests_per_day)
        self.breaker.reset()
        return [*self._stop_flight(0.0), StatusChanged()]

    def needs_offline(self, request: Request, now: float) -> bool:
        """Whether the offline answer is wanted to answer this request. It may be given with `worked_out`, before the
        request is asked; otherwise it is worked out all at once."""
        return request.door is Door.ITEMS or not self.cache.find(request.uri, request.prefix, request.suffix, now)

    def worked_out(self, request_id: RequestId, found: tuple[Candidate, ...]) -> None:
        """The offline answer for a request that will be asked next."""
        waiting = {number: known for number, known in self._offline_of.items() if number in self._waiters}
        self._offline_of = {**waiting, request_id: found}

    def ask(self, request: Request, now: float) -> list[Effect]:
        """A new request; it supersedes the automatic ones before it in the same document."""
        effects = self._supersede(request)
        self._last = request
        known = self.cache.find(request.uri, request.prefix, request.suffix, now)
        if known is not None:
            return [
                *effects,
                *self._stop_if_elsewhere(request, now),
                *self._answer_known(request, known),
                *self._wake(),
            ]
        if request.door is Door.ITEMS:
            return [*effects, *self._ask_items(request, now)]
        return [*effects, *self._ask_inline(request, now)]

    def cancel(self, request_id: RequestId, now: float) -> list[Effect]:
        """The client takes a request back. Its flight, if any, goes on."""
        waiter = self._waiters.pop(request_id, None)
        return [] if waiter is None else [Cancelled(request_id), *self._wake()]

    def left(self, uri: str, prefix: str, suffix: str, now: float) -> list[Effect]:
        """The text of a document is now this: a flight that no longer fits it is stopped, without a new request."""
        flight = self._flight
        if flight is None or flight.place.uri != uri or self._typed_into(flight, prefix, suffix) is not None:
            return []
        return [*self._stop_flight(now), *self._wake()]

    def received(self, flight_id: FlightId, tokens: Sequence[Token], now: float) -> list[Effect]:
        """A piece of the answer. Log-probabilities of 0 for all tokens mean that the endpoint gives none."""
        flight = self._flight
        if flight is None or flight.id != flight_id:
            return []
        if flight.first_piece is None and tokens:
            flight.first_piece = now
        flight.received += "".join(token.text for token in tokens)
        flight.tokens.extend(tokens)
        if not is_complete(flight.received, flight.situation):
            return []
        return [StopFlight(flight_id), *self._land(flight, now)]

    def landed(self, flight_id: FlightId, now: float) -> list[Effect]:
        """The stream ended by itself."""
        flight = self._flight
        return self._land(flight, now) if flight is not None and flight.id == flight_id else []

    def failed(
        self,
        flight_id: FlightId,
        failure: Failure,
        now: float,
        *,
        retry_after: float | None = None,
        reason: str = "",
        jitter: float = 0.0,
    ) -> list[Effect]:
        """The endpoint refused, or the stream broke. A complete line that has arrived before is kept."""
        flight = self._flight
        if flight is None or flight.id != flight_id:
            return []
        self.breaker.failed(failure, now, retry_after=retry_after, reason=reason, jitter=jitter)
        self._flight = None
        lines = flight.received.rsplit("\n", 1)
        if len(lines) == 2 and lines[0].strip():
            self._keep(flight, lines[0], now)
        return [*self._answer_waiters(flight, now, may_ask=False), StatusChanged(), *self._wake()]

    def tick(self, now: float) -> list[Effect]:
        """Time has come for something."""
        effects: list[Effect] = []
        flight = self._flight
        if flight is not None and now >= flight.deadline:
            self.breaker.failed(Failure.TIMEOUT, now)
            self._flight = None
            effects += [StopFlight(flight.id), *self._answer_waiters(flight, now, may_ask=False), StatusChanged()]
        elif flight is not None and flight.useless_at is not None and now >= flight.useless_at:
            effects += self._stop_flight(now)
        for waiter in list(self._waiters.values()):
            if waiter.paced_until is not None and now >= waiter.paced_until:
                effects += self._take_off(waiter.request, now, waiter)
            elif now >= waiter.answer_by:
                effects += self._waited_enough(waiter)
        if self._paced is not None and now >= self._paced_until:
            request, self._paced = self._paced, None
            if self.cache.find(request.uri, request.prefix, request.suffix, now) is None:
                effects += self._take_off(request, now, None)
        return [*effects, *self._wake()]

    # What can be asked of us.

    def status(
        self, now: float, *, reason_off: str = "", clock: str = "", is_looking: bool = False
    ) -> CompletionStatus:
        """`is_looking`: there is an endpoint, but its model is not known yet."""
        pause = None if self.breaker.state.value in ("closed", "half open") else self.breaker.pause
        return describe(
            model=self.policy.model,
            has_endpoint=self.policy.has_endpoint or is_looking,
            is_looking=is_looking,
            reason_off=reason_off,
            pause=pause,
            seconds_left=pause.until - now if pause is not None and pause.until is not None else None,
            clock=clock,
            latency_seconds=sum(self._latencies) / len(self._latencies) if self._latencies else None,
            spent=self.budget.spent(now),
            may_spend=self.budget.may_spend(now),
        )

    def prompting(self, request: Request, others: Sequence[OtherDocument]) -> Steps[Prompt]:
        """What is sent to the endpoint for this request. `others` may be shown beside it; excluded documents must not
        be among them."""
        tokens = self.policy.prompt_tokens
        snippets = yield from self._snippets.choosing(
            request.uri, request.prefix, request.suffix, others, budget_tokens=tokens
        )
        context = build_context(
            request.uri.rsplit("/", 1)[-1],
            request.language_id,
            prefix=request.prefix,
            suffix=request.suffix,
            snippets=snippets,
            budget_tokens=tokens,
        )
        wire = wire_of(self.policy.model, self.policy.api)
        is_block = wants_block(request.prefix, request.suffix)
        return build_prompt(context, self.policy.model, wire, is_block=is_block)

    @property
    def wake_at(self) -> float | None:
        """The earliest time at which `tick` has something to do."""
        times = [time for waiter in self._waiters.values() for time in (waiter.answer_by, waiter.paced_until) if time]
        if self._flight is not None:
            times.append(self._flight.deadline if self._flight.useless_at is None else self._flight.useless_at)
        if self._paced is not None:
            times.append(self._paced_until)
        return min(times, default=None)

    @property
    def unanswered(self) -> int:
        return len(self._waiters)

    # The steps.

    def _supersede(self, request: Request) -> list[Effect]:
        """A user sees one ghost text: older automatic requests of the document have lost their point."""
        if request.door is Door.ITEMS:
            return []
        stale = [
            key
            for key, waiter in self._waiters.items()
            if waiter.request.uri == request.uri and waiter.request.door is request.door
        ]
        for key in stale:
            del self._waiters[key]
        return [Answer(key, ()) for key in stale]

    def _answer_known(self, request: Request, known: tuple[Candidate, ...]) -> list[Effect]:
        if request.door is Door.INLINE:
            if not known:
                return [Answer(request.id, self._offline(request))]
            return [Answer(request.id, self._shown(request, known))]
        return [Answer(request.id, self._merged(request, known), is_incomplete=True)]

    def _ask_items(self, request: Request, now: float) -> list[Effect]:
        """A popup is answered at once; where it is the only door, the endpoint is asked for the next key's sake."""
        effects: list[Effect] = [Answer(request.id, self._offline(request), is_incomplete=True)]
        if self.policy.items_ask_endpoint and self._may_ask(request, now):
            effects += self._stop_if_elsewhere(request, now)
            if self._flight is None or self._flight.useless_at is not None:
                self._paced, self._paced_until = request, now + self._pacing(request)
        return [*effects, *self._wake()]

    def _ask_inline(self, request: Request, now: float) -> list[Effect]:
        effects: list[Effect] = []
        flight = self._flight
        if flight is not None and self._fits(flight, request):
            flight.useless_at = None
            self._waiters[request.id] = _Waiter(request, now + self.policy.ghost_wait_seconds, None)
            return self._wake()
        effects += self._stop_if_elsewhere(request, now)
        if not self._may_ask(request, now):
            return [*effects, Answer(request.id, self._offline(request)), *self._wake()]
        sure = self._offline(request, least=self.policy.sure_confidence)
        if sure and request.trigger is Trigger.AUTOMATIC:
            return [*effects, Answer(request.id, sure), *self._wake()]
        paced_until = now + self._pacing(request)
        waiter = _Waiter(request, now + self.policy.ghost_wait_seconds, paced_until)
        self._waiters[request.id] = waiter
        if paced_until <= now:
            effects += self._take_off(request, now, waiter)
        return [*effects, *self._wake()]

    def _pacing(self, request: Request) -> float:
        return 0.0 if request.trigger is Trigger.INVOKED else self.policy.pacing_seconds

    def _may_ask(self, request: Request, now: float) -> bool:
        if not self.policy.has_endpoint or request.reason_off or not self.budget.may_spend(now):
            return False
        if request.trigger is Trigger.AUTOMATIC and not _is_worth_asking(request):
            return False
        pause = self.breaker.pause
        return pause is None or (pause.until is not None and now + self._pacing(request) >= pause.until)

    def _take_off(self, request: Request, now: float, waiter: _Waiter | None) -> list[Effect]:
        """Pacing is over: ask, if that is still allowed."""
        effects: list[Effect] = []
        if self._flight is not None:
            effects += self._stop_flight(now)
        if not self.budget.may_spend(now) or not self.breaker.may_ask(now):
            return [*effects, *(self._answer_offline(request) if waiter is not None else [])]
        self.budget.spend(now)
        self._flights += 1
        situation = Situation(request.prefix, request.suffix, wants_block(request.prefix, request.suffix))
        place = place_of(request.uri, request.prefix, request.suffix)
        flight = _Flight(FlightId(self._flights), place, situation, now, now + self.policy.timeout_seconds)
        self._flight = flight
        if waiter is not None:
            waiter.paced_until = None
        return [*effects, StartFlight(flight.id, request)]

    def _fits(self, flight: _Flight, request: Request) -> bool:
        return (
            flight.place.uri == request.uri
            and not request.reason_off
            and self._typed_into(flight, request.prefix, request.suffix) is not None
        )

    @staticmethod
    def _typed_into(flight: _Flight, prefix: str, suffix: str) -> str | None:
        """What has been typed since the flight began, if that agrees with what has arrived of it."""
        if place_of(flight.place.uri, prefix, suffix).head != flight.place.head:
            return None
        grown = len(prefix) - len(flight.situation.prefix)
        if 0 <= grown <= 200 and prefix.startswith(flight.situation.prefix):
            typed = prefix[len(flight.situation.prefix) :]
            if "\n" in typed and not flight.situation.is_block:
                return None  # the rest of a line was asked for, and that line is done
            arrived = clean(flight.received, flight.situation).text if flight.received.strip() else ""
            return typed if not arrived or arrived.startswith(typed) or typed.startswith(arrived) else None
        return None

    def _stop_if_elsewhere(self, request: Request, now: float) -> list[Effect]:
        """At once, but for a slip: the next key may undo it, or an answer that is wrong may be about to end."""
        flight = self._flight
        if flight is None:
            return []
        if self._fits(flight, request):
            flight.useless_at = None
            return []
        if request.trigger is Trigger.INVOKED or request.reason_off or not _is_slip(flight, request):
            return self._stop_flight(now)
        if flight.useless_at is None:
            flight.useless_at = now + self.policy.pacing_seconds
        return []

    def _stop_flight(self, now: float) -> list[Effect]:
        flight, self._flight = self._flight, None
        if flight is None:
            return []
        self.breaker.abandoned(now)
        return [StopFlight(flight.id)]

    def _land(self, flight: _Flight, now: float) -> list[Effect]:
        self._flight = None
        self.breaker.succeeded()
        first = flight.first_piece if flight.first_piece is not None else now
        self._latencies = [*self._latencies, first - flight.started][-_LATENCIES:]
        self._keep(flight, flight.received, now)
        return [*self._answer_waiters(flight, now, may_ask=True), StatusChanged(), *self._wake()]

    def _keep(self, flight: _Flight, answer: str, now: float) -> None:
        cleaned = clean(answer, flight.situation)
        candidates: tuple[Candidate, ...] = ()
        if cleaned.text:
            confidence = model_confidence(cleaned.text, [token for token in flight.tokens if token.log_probability])
            candidates = (
                Candidate(cleaned.text, confidence, Source.MODEL, Kind.TEXT, replace_after=cleaned.replace_after),
            )
        self.cache.put(flight.place, candidates, now)

    def _answer_waiters(self, flight: _Flight, now: float, *, may_ask: bool) -> list[Effect]:
        """Those who waited for this flight; the one whose typing it did not foresee may ask anew, at once."""
        effects: list[Effect] = []
        for waiter in [waiter for waiter in self._waiters.values() if waiter.paced_until is None]:
            request = waiter.request
            known = self.cache.find(request.uri, request.prefix, request.suffix, now)
            if known is not None:
                del self._waiters[request.id]
                effects += self._answer_known(request, known)
            elif may_ask and self._flight is None and self._may_ask(request, now):
                effects += self._take_off(request, now, waiter)
            else:
                effects += self._answer_offline(request)
        return effects

    def _waited_enough(self, waiter: _Waiter) -> list[Effect]:
        """The offline answer is shown now; if there is none, the endpoint's is worth some more waiting."""
        found = self._offline(waiter.request)
        if not found and self._flight is not None and waiter.answer_by < self._flight.deadline:
            waiter.answer_by = self._flight.deadline
            return []
        del self._waiters[waiter.request.id]
        return [Answer(waiter.request.id, found)]

    def _answer_offline(self, request: Request) -> list[Effect]:
        self._waiters.pop(request.id, None)
        return [Answer(request.id, self._offline(request))]

    def _offline(self, request: Request, least: float | None = None) -> tuple[Candidate, ...]:
        bound = self.policy.least_offline_confidence if least is None else least
        if request.trigger is Trigger.INVOKED and least is None:
            bound = min(bound, self.policy.least_confidence)
        found = self._offline_of.get(request.id)
        if found is None:
            waiting = {number: known for number, known in self._offline_of.items() if number in self._waiters}
            found = offline_candidates(self.model, request)
            self._offline_of = {**waiting, request.id: found} if found else waiting  # nothing may be "not learned yet"
        return found if request.door is Door.ITEMS or (found and found[0].confidence >= bound) else ()

    def _shown(self, request: Request, known: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        if request.trigger is Trigger.INVOKED:
            return known
        return tuple(candidate for candidate in known if candidate.confidence >= self.policy.least_confidence)

    def _merged(self, request: Request, known: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        found = [*known, *self._offline(request)]
        return tuple(sorted(found, key=lambda candidate: -candidate.confidence))

    def _wake(self) -> list[Effect]:
        time = self.wake_at
        return [] if time is None else [WakeAt(time)]


def _is_slip(flight: _Flight, request: Request) -> bool:
    """Whether the cursor is where the flight began, but for some characters typed or deleted on its line."""
    before, now = flight.situation.prefix, request.prefix
    if place_of(request.uri, now, request.suffix).head != flight.place.head or flight.place.uri != request.uri:
        return False
    shorter, longer = (now, before) if len(now) < len(before) else (before, now)
    return (
        len(longer) - len(shorter) <= _LONGEST_SLIP
        and longer.startswith(shorter)
        and "\n" not in longer[len(shorter) :]
    )


def _is_worth_asking(request: Request) -> bool:
    """Inside a word ghost text is in the way, an empty document says nothing, and what follows a finished line is a
    new one."""
    behind = request.suffix[:1]
    if len(request.prefix.strip()) < _LEAST_TEXT or behind.isalnum() or behind == "_":
        return False
    line = request.prefix[request.prefix.rfind("\n") + 1 :]
    ends = _PYTHON_LINE_ENDS if request.language_id == "python" else _LINE_ENDS
    return not (behind in ("", "\n") and ends.search(line))
