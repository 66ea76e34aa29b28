"""Drives the completion core in an event loop: timers, the flights' tasks, one future per request.

    driver = CompletionDriver(policy, engine, on_status=...)   engine None: offline only
    driver.opened(uri, language_id, text)                      didOpen; big texts are learned in slices
    answered = await driver.complete(asked)                    in a handler's task; cancelling it detaches the request
    driver.closed(uri); await driver.stop()

The caller says what the text around the cursor is; the driver brings the learned model up to date before it asks.
Everything runs in the loop's thread; nothing here blocks it for more than a few milliseconds.
"""

import asyncio
import dataclasses
import itertools
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pair_ls.completion.candidate import Candidate
from pair_ls.completion.context import OtherDocument
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
from pair_ls.completion.engine import Engine, EngineFailure, model_of
from pair_ls.completion.learned.model import LearnedModel
from pair_ls.completion.offline import finding_offline_candidates
from pair_ls.completion.policy import Policy
from pair_ls.completion.prompt import Prompt
from pair_ls.completion.request import Door, Request, RequestId, Trigger
from pair_ls.completion.status import CompletionStatus
from pair_ls.completion.steps import Completions
from pair_ls.engines.slices import Slices

log = logging.getLogger(__name__)

_LARGEST_LEARNED = 2_000_000  # characters of a document
_SHORT = 10_000  # characters that are learned within a millisecond or two


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a shell has it. `text` is the document, LF only; `offset` the cursor in it, in code points."""

    uri: str
    language_id: str
    text: str
    offset: int
    door: Door
    trigger: Trigger = Trigger.AUTOMATIC
    reason_off: str = ""
    selected: str = ""  # what the popup's chosen item adds at the cursor
    selected_from: int | None = None  # where that item's text begins; default: at the cursor


@dataclass(frozen=True, slots=True)
class Answered:
    """What `complete` gives back."""

    candidates: tuple[Candidate, ...]
    is_incomplete: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """What a request would send: as a prompt, and as the JSON that is posted (whatever the service takes: Any)."""

    prompt: Prompt
    body: dict[str, Any]
    status: CompletionStatus


class CompletionDriver:
    """One per editor."""

    def __init__(
        self,
        policy: Policy,
        engine: Engine | None,
        *,
        on_status: Callable[[], None] = lambda: None,
        others: Callable[[str], Sequence[OtherDocument]] = lambda uri: (),
    ) -> None:
        """`others`: what may be shown to the endpoint beside the document of a uri; asked when something is sent."""
        self.model = LearnedModel()
        self._others = others
        self._wished = policy
        known = bool(policy.model)
        self._core = Completions(dataclasses.replace(policy, has_endpoint=engine is not None and known), self.model)
        self._engine = engine
        self._on_status = on_status
        self._slices = Slices()
        self._numbers = itertools.count(1)
        self._turns: dict[tuple[str, Door], int] = {}  # the newest request of a document and door
        self._one_at_a_time = asyncio.Lock()
        self._futures: dict[RequestId, asyncio.Future[Answered]] = {}
        self._flights: dict[FlightId, asyncio.Task[None]] = {}
        self._discovery: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._languages: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._reason_off = ""

    @property
    def policy(self) -> Policy:
        """As it was configured."""
        return self._wished

    @property
    def engine(self) -> Engine | None:
        """As it was configured."""
        return self._engine

    # Documents.

    def opened(self, uri: str, language_id: str, text: str) -> None:
        """Learns the text, in slices if it is long. Until that is done there are no offline answers for it."""
        self._languages[uri] = language_id
        if len(text) <= _LARGEST_LEARNED:
            self._slices.add(self._learn(uri, language_id, text), is_long=len(text) > _SHORT)

    def learn(self, path: str, language_id: str, text: str) -> None:
        """A file of the workspace that is not open."""
        if path not in self._languages and len(text) <= _LARGEST_LEARNED:
            self._slices.add(self.model.index(path, language_id, text), is_long=len(text) > _SHORT)

    def forget(self, path: str) -> None:
        """The file is gone, or is excluded."""
        self.model.remove(path)

    def learned_text(self, path: str) -> str | None:
        """What is known of a document or file, None if nothing is."""
        return self.model.text(path)

    def closed(self, uri: str) -> None:
        """didClose. What it said last is learned from further on."""
        self._languages.pop(uri, None)
        text = self._texts.pop(uri, None)
        for door in Door:
            self._turns.pop((uri, door), None)
        self._slices.add(self._close(uri, text))

    async def learned(self) -> None:
        """Waits until everything handed in has been learned."""
        await self._slices.done()

    def _learn(self, uri: str, language_id: str, text: str) -> Iterator[None]:
        yield from self.model.opening(uri, language_id, text)
        if uri in self._texts:
            yield from self.model.setting_text(uri, self._texts[uri])

    def _close(self, uri: str, text: str | None) -> Iterator[None]:
        if self.model.is_open(uri) and text is not None:
            yield from self.model.setting_text(uri, text)
        if uri not in self._languages:
            self.model.close(uri)

    # Requests.

    async def complete(self, asked: Asked) -> Answered:
        """One answer. Raises only CancelledError, when the caller's task is cancelled.

        One request is worked on at a time, in slices: what comes in meanwhile may make this request pointless.
        """
        turn = self._turns[asked.uri, asked.door] = next(self._numbers)
        async with self._one_at_a_time:
            await asyncio.sleep(0)
            if self._turns.get((asked.uri, asked.door)) != turn:
                return Answered((), is_incomplete=True)
            request = self._request(asked)
            self._texts[request.uri] = request.prefix + request.suffix
            await self._work_out(request)
            if self._turns.get((asked.uri, asked.door)) != turn:
                return Answered((), is_incomplete=True)
            future = self._begin(request)
        try:
            return await asyncio.shield(future)
        finally:
            self._end(future)

    async def _work_out(self, request: Request) -> None:
        """The offline answer, if it is wanted."""
        uri, now = request.uri, asyncio.get_running_loop().time()
        if self.model.is_open(uri) and self._core.needs_offline(request, now):
            await self._slices.through(self.model.setting_text(uri, request.prefix + request.suffix))
            found = await self._slices.through(finding_offline_candidates(self.model, request))
            self._core.worked_out(request.id, found)

    def _begin(self, request: Request) -> "asyncio.Future[Answered]":
        if self._reason_off != request.reason_off:
            self._reason_off = request.reason_off
            self._on_status()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered] = loop.create_future()
        self._futures[request.id] = future
        if request.door is Door.INLINE or self._core.policy.items_ask_endpoint:
            self._discover(request)
        self._carry_out(self._core.ask(request, loop.time()))
        return future

    def _end(self, future: "asyncio.Future[Answered]") -> None:
        """Detaches a request that its caller has given up."""
        given_up = [number for number, waiting in self._futures.items() if waiting is future]
        for number in given_up:
            del self._futures[number]
            self._carry_out(self._core.cancel(number, asyncio.get_running_loop().time()))

    def _request(self, asked: Asked) -> Request:
        prefix = asked.text[: asked.offset]
        suffix = asked.text[asked.offset :]
        if asked.selected:
            start = asked.offset if asked.selected_from is None else asked.selected_from
            prefix = asked.text[:start] + asked.selected
        return Request(
            id=RequestId(next(self._numbers)),
            uri=asked.uri,
            language_id=asked.language_id,
            prefix=prefix,
            suffix=suffix,
            door=asked.door,
            trigger=asked.trigger,
            word=word_before(prefix),
            reason_off=asked.reason_off,
        )

    def items_ask_endpoint(self, wanted: bool) -> None:
        """Whether the popup is this editor's only door, so that it, too, should bring the endpoint's answers."""
        self._wished = dataclasses.replace(self._wished, items_ask_endpoint=wanted)
        self._core.policy = dataclasses.replace(self._core.policy, items_ask_endpoint=wanted)

    async def explain(self, asked: Asked) -> Explained | None:
        """What would be sent for this position; nothing is sent. None without an endpoint."""
        engine = self._engine
        if engine is None:
            return None
        prompt = await self._prompt(self._request(asked))
        return Explained(prompt, engine.body(prompt, self._core.policy.model), self.status(asked.reason_off))

    async def _prompt(self, request: Request) -> Prompt:
        return await self._slices.through(self._core.prompting(request, self._others(request.uri)))

    def status(self, reason_off: str | None = None) -> CompletionStatus:
        now = asyncio.get_running_loop().time()
        pause = self._core.breaker.pause
        clock = ""
        if pause is not None and pause.until is not None:
            clock = time.strftime("%H:%M", time.localtime(time.time() + pause.until - now))
        off = self._reason_off if reason_off is None else reason_off
        is_looking = self._engine is not None and not self._core.policy.has_endpoint
        return self._core.status(now, reason_off=off, clock=clock, is_looking=is_looking)

    def configure(self, policy: Policy, engine: Engine | None) -> None:
        """The settings changed: what was refused is tried again."""
        self._wished = policy
        if self._discovery is not None:
            self._discovery.cancel()  # what it finds would be the old endpoint's
            self._discovery = None
        old, self._engine = self._engine, engine
        if old is not None and old is not engine:
            self._slices.run(old.close())
        has_endpoint = engine is not None and bool(policy.model)
        self._carry_out(self._core.set_policy(dataclasses.replace(policy, has_endpoint=has_endpoint)))

    async def stop(self) -> None:
        """Ends all tasks and lets go of the endpoint."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = [*self._flights.values(), *([self._discovery] if self._discovery is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._slices.stop()
        for future in self._futures.values():
            future.cancel()
        if self._engine is not None:
            await self._engine.close()

    # The endpoint.

    def _discover(self, request: Request) -> None:
        """Without a configured model, ask the endpoint for its first one before anything else is sent."""
        engine = self._engine
        if engine is None or self._wished.model or request.reason_off or self._core.policy.has_endpoint:
            return
        if self._discovery is None or self._discovery.done():
            pause = self._core.breaker.pause
            if pause is None or (pause.until is not None and asyncio.get_running_loop().time() >= pause.until):
                self._discovery = asyncio.create_task(self._find_model(engine), name="find model")

    async def _find_model(self, engine: Engine) -> None:
        models = await engine.models()
        now = asyncio.get_running_loop().time()
        model, failure = model_of(models), models.failure
        if not model and failure is not None:
            self._core.breaker.failed(
                failure.failure, now, retry_after=failure.retry_after, reason=failure.reason, jitter=random.random()
            )
        else:
            self._core.policy = dataclasses.replace(self._wished, model=model, has_endpoint=True)
        self._on_status()

    async def _fly(self, engine: Engine, flight_id: FlightId, request: Request) -> None:
        loop = asyncio.get_running_loop()
        try:
            prompt = await self._prompt(request)
            async with aclosing(engine.stream(prompt, self._core.policy.model)) as stream:
                async for piece in stream:
                    if isinstance(piece, EngineFailure):
                        self._failed(flight_id, piece)
                        return
                    self._carry_out(self._core.received(flight_id, piece, loop.time()))
                    await asyncio.sleep(0)  # many pieces may be there at once
            self._carry_out(self._core.landed(flight_id, loop.time()))
        finally:
            self._flights.pop(flight_id, None)

    def _failed(self, flight_id: FlightId, failure: EngineFailure) -> None:
        self._carry_out(
            self._core.failed(
                flight_id,
                failure.failure,
                asyncio.get_running_loop().time(),
                retry_after=failure.retry_after,
                reason=failure.reason,
                jitter=random.random(),
            )
        )

    # Effects.

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Answer(request_id, candidates, is_incomplete):
                    future = self._futures.pop(request_id, None)
                    if future is not None and not future.done():
                        future.set_result(Answered(candidates, is_incomplete))
                case Cancelled():
                    pass  # the caller's task was cancelled, which is how this came about
                case StartFlight(flight_id, request):
                    assert self._engine is not None, "the policy has no endpoint then"
                    flight = self._fly(self._engine, flight_id, request)
                    self._flights[flight_id] = asyncio.create_task(flight, name=f"completion {flight_id}")
                case StopFlight(flight_id):
                    # Also when the flight's own task found that it has enough: its next wait ends it.
                    task = self._flights.pop(flight_id, None)
                    if task is not None:
                        task.cancel()
                case WakeAt(at):
                    self._wake_at(at)
                case StatusChanged():
                    self._on_status()

    def _wake_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._carry_out(self._core.tick(asyncio.get_running_loop().time()))


def word_before(prefix: str) -> str:
    """The part of a name that ends at the cursor; "" behind a digit-led word or anything else."""
    end = len(prefix)
    start = end
    while start and (prefix[start - 1].isalnum() or prefix[start - 1] in "_$"):
        start -= 1
    word = prefix[start:end]
    return "" if word[:1].isdigit() else word
