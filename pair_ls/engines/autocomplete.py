"""One completion for one posted text: the hub's door to the core. No state is kept of the text.

The endpoint is asked if there is one and it is well; otherwise the offline model learns from the text that was posted.
"""

import asyncio
import dataclasses
import random
from contextlib import aclosing
from dataclasses import dataclass

from pair_ls.completion.breaker import Breaker, Failure
from pair_ls.completion.budget import Budget
from pair_ls.completion.candidate import Candidate, Kind, Source
from pair_ls.completion.cleaning import Situation, clean
from pair_ls.completion.completeness import is_complete, wants_block
from pair_ls.completion.confidence import Token, model_confidence
from pair_ls.completion.context import build_context
from pair_ls.completion.engine import Engine, EngineFailure, model_of
from pair_ls.completion.learned.model import LearnedModel
from pair_ls.completion.offline import offline_candidates
from pair_ls.completion.policy import Policy
from pair_ls.completion.prompt import build_prompt, wire_of
from pair_ls.completion.request import Door, Request, RequestId, Trigger
from pair_ls.engines.completion_driver import word_before

_LEAST_CONFIDENCE = 0.1
_LARGEST = 200_000  # characters around the cursor that are looked at


@dataclass(frozen=True, slots=True)
class Posted:
    """`reason_off`: why nothing of this may be sent on; offline suggestions remain."""

    prefix: str
    suffix: str
    language_id: str
    path: str = ""
    reason_off: str = ""


class Autocomplete:
    """Shared by all who ask. Breaker and budget are per process."""

    def __init__(self, policy: Policy, engine: Engine | None) -> None:
        self._policy = policy
        self._engine = engine
        self._breaker = Breaker()
        self._budget = Budget(per_minute=policy.requests_per_minute, per_day=policy.requests_per_day)

    async def complete(self, posted: Posted) -> Candidate | None:
        """The best continuation, or None. Never raises for what the endpoint does."""
        posted = dataclasses.replace(
            posted,
            prefix=posted.prefix[-_LARGEST:].replace("\r\n", "\n"),
            suffix=posted.suffix[:_LARGEST].replace("\r\n", "\n"),
        )
        found = await self._ask_endpoint(posted)
        return found if found is not None else await asyncio.to_thread(offline_suggestion, posted)

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.close()

    async def _ask_endpoint(self, posted: Posted) -> Candidate | None:
        engine, now = self._engine, asyncio.get_running_loop().time()
        if engine is None or posted.reason_off or not self._budget.may_spend(now) or not self._breaker.may_ask(now):
            return None
        self._budget.spend(now)
        try:
            async with asyncio.timeout(self._policy.timeout_seconds):
                return await self._stream(engine, posted)
        except TimeoutError:
            self._failed(EngineFailure(Failure.TIMEOUT))
            return None
        except asyncio.CancelledError:
            self._breaker.abandoned(asyncio.get_running_loop().time())
            raise

    async def _stream(self, engine: Engine, posted: Posted) -> Candidate | None:
        model = await self._model(engine)
        if not model:
            return None
        situation = Situation(posted.prefix, posted.suffix, wants_block(posted.prefix, posted.suffix))
        context = build_context(
            posted.path,
            posted.language_id,
            prefix=posted.prefix,
            suffix=posted.suffix,
            snippets=(),
            budget_tokens=self._policy.prompt_tokens,
        )
        prompt = build_prompt(context, model, wire_of(model, self._policy.api), is_block=situation.is_block)
        tokens: list[Token] = []
        answer = ""
        async with aclosing(engine.stream(prompt, model)) as stream:
            async for piece in stream:
                if isinstance(piece, EngineFailure):
                    self._failed(piece)
                    return None
                tokens.extend(piece)
                answer += "".join(token.text for token in piece)
                if is_complete(answer, situation):
                    break
        self._breaker.succeeded()
        cleaned = clean(answer, situation)
        if not cleaned.text:
            return None
        confidence = model_confidence(cleaned.text, [token for token in tokens if token.log_probability])
        return Candidate(cleaned.text, confidence, Source.MODEL, Kind.TEXT, replace_after=cleaned.replace_after)

    async def _model(self, engine: Engine) -> str:
        if not self._policy.model:
            models = await engine.models()
            model = model_of(models)
            if not model and models.failure is not None:
                self._failed(models.failure)
            self._policy = dataclasses.replace(self._policy, model=model)
        return self._policy.model

    def _failed(self, failure: EngineFailure) -> None:
        self._breaker.failed(
            failure.failure,
            asyncio.get_running_loop().time(),
            retry_after=failure.retry_after,
            reason=failure.reason,
            jitter=random.random(),
        )


def offline_suggestion(posted: Posted) -> Candidate | None:
    """From a model that has learned the posted text and nothing else."""
    model = LearnedModel()
    model.open("posted", posted.language_id, posted.prefix + posted.suffix)
    request = Request(
        id=RequestId(0),
        uri="posted",
        language_id=posted.language_id,
        prefix=posted.prefix,
        suffix=posted.suffix,
        door=Door.INLINE,
        trigger=Trigger.INVOKED,
        word=word_before(posted.prefix),
    )
    found = offline_candidates(model, request)
    return found[0] if found and found[0].confidence >= _LEAST_CONFIDENCE else None
