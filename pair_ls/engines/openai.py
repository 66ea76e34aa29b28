"""Asks OpenAI or any compatible endpoint (Ollama, vLLM, llama.cpp, LM Studio). The only home of the openai library.

- The library is imported with the first question, in a thread: it costs half a second.
- It never retries by itself: the breaker decides when to ask again.
- Endpoints differ in what they accept: what one has refused (HTTP 400 about a parameter) is left out from then on.
"""

import asyncio
import email.utils
import gc
import importlib
import json
import logging
import math
import re
import time
from collections.abc import AsyncGenerator
from typing import Any

from pair_ls.completion.breaker import Failure
from pair_ls.completion.confidence import Token
from pair_ls.completion.engine import EngineFailure, Models
from pair_ls.completion.prompt import FAMILIES, Prompt, Wire

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 3.0
_NO_KEY = "none"  # local servers want some key, and do not look at it
_OPTIONAL = ("max_tokens", "max_completion_tokens", "stop", "logprobs", "suffix", "temperature", "stream_options")
_LONGEST_WAIT = 86_400.0
_TALKATIVE = ("openai", "httpx2", "httpcore2", "httpx", "httpcore")
"""Loggers that write whole prompts (at debug level), or a line with the endpoint's address per request."""


class OpenAIEngine:
    """`key` and `base_url` as the user configured them. `read_seconds`: longest silence of the endpoint."""

    def __init__(self, *, base_url: str | None, key: str | None, read_seconds: float = 8.0) -> None:
        self._base_url, self._key, self._read_seconds = base_url, key, read_seconds
        self._refused: set[str] = set()
        self._loading = asyncio.Lock()
        # The library's types stop at this file; it may not be installed where types are checked, hence Any.
        self._library: Any = None
        self._client: Any = None

    async def models(self) -> Models:
        client = await self._client_or_failure()
        if isinstance(client, EngineFailure):
            return Models(failure=client)
        try:
            listed = await client.models.list()
            data = getattr(listed, "data", None) or []
            return Models(tuple(str(model.id) for model in data if getattr(model, "id", None)))
        except Exception as error:  # the edge: whatever the library makes of an endpoint's answer
            return Models(failure=self._failure(error))

    async def stream(self, prompt: Prompt, model: str) -> AsyncGenerator[tuple[Token, ...] | EngineFailure, None]:
        client = await self._client_or_failure()
        if isinstance(client, EngineFailure):
            yield client
            return
        for _ in range(len(_OPTIONAL)):
            started = False
            try:
                answer = await self._post(client, prompt, model)
                try:
                    async for chunk in answer:
                        tokens = _tokens(chunk)
                        if tokens:
                            started = True
                            yield tokens
                finally:
                    await answer.close()
                return
            except Exception as error:  # the edge: any failure of the endpoint ends this stream, not the server
                if started or not self._learn(error, prompt):
                    yield self._failure(error)
                    return

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _client_or_failure(self) -> Any:
        try:
            return await self._connected()
        except ImportError:
            return EngineFailure(Failure.NOT_INSTALLED, reason="the package openai is not installed")
        except Exception as error:  # the edge: what the library says of an address that is none
            log.warning("the address of the endpoint cannot be used: %s", type(error).__name__)
            return EngineFailure(Failure.UNREACHABLE, reason="no address")

    async def _connected(self) -> Any:
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._new_client)
            return self._client

    def _new_client(self) -> Any:
        """In a thread: the library, its parts and the certificates take a good half second.

        The garbage collector waits meanwhile: a whole collection stops the event loop, too, and what the library makes
        lives as long as we do.
        """
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            if self._library is None:
                importlib.invalidate_caches()  # it may have been installed since we looked last
                self._library = importlib.import_module("openai")
                for name in _TALKATIVE:
                    logging.getLogger(name).setLevel(logging.WARNING)
            timeout = self._library.Timeout(self._read_seconds, connect=min(_CONNECT_SECONDS, self._read_seconds))
            client = self._library.AsyncOpenAI(
                api_key=self._key or _NO_KEY, base_url=self._base_url, max_retries=0, timeout=timeout
            )
            for part in (client.chat.completions, client.completions, client.models):
                assert part is not None  # each is imported when it is first looked at
            gc.freeze()
            return client
        finally:
            if was_enabled:
                gc.enable()

    def body(self, prompt: Prompt, model: str) -> dict[str, Any]:
        wanted = {"model": model, **self._parameters(prompt), "stream": True}
        if prompt.wire is Wire.CHAT:
            messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
            return {**wanted, "messages": messages}
        text = prompt.text
        if prompt.wire is Wire.SUFFIX and "suffix" in self._refused:
            marks = FAMILIES[0]
            text = f"{marks.prefix}{prompt.text}{marks.suffix}{prompt.suffix}{marks.middle}"
        return {**wanted, "prompt": text}

    async def _post(self, client: Any, prompt: Prompt, model: str) -> Any:
        endpoint = client.chat.completions if prompt.wire is Wire.CHAT else client.completions
        return await endpoint.create(**self.body(prompt, model))

    def _parameters(self, prompt: Prompt) -> dict[str, Any]:
        """What this endpoint takes, of what we would like to say."""
        size = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        wanted: dict[str, Any] = {size: prompt.max_tokens, "temperature": 0.1}
        if prompt.stop:
            wanted["stop"] = list(prompt.stop)
        wanted["logprobs"] = True if prompt.wire is Wire.CHAT else 1
        if prompt.wire is Wire.SUFFIX:
            wanted["suffix"] = prompt.suffix
        return {name: value for name, value in wanted.items() if name not in self._refused}

    def _learn(self, error: Exception, prompt: Prompt) -> bool:
        """Whether the endpoint refused one of our parameters, and the question is worth asking again without it."""
        if getattr(error, "status_code", None) not in (400, 422):
            return False
        body = getattr(error, "body", None)
        said = str(body.get("param") or "") if isinstance(body, dict) else ""
        words = set(re.findall(r"[a-z_]+", f"{said} {getattr(error, 'message', '')}".lower()))
        sent = set(self._parameters(prompt))
        for name in (said, *_OPTIONAL):
            if name in sent and name in words:
                self._refused.add(name)
                return True
        return False

    def _failure(self, error: Exception) -> EngineFailure:
        library = self._library
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            return EngineFailure(Failure.REFUSED, reason=f"HTTP {status}")
        if status == 429:
            return EngineFailure(Failure.BUSY, retry_after(getattr(error, "response", None), time.time()), "HTTP 429")
        if library is not None and isinstance(error, library.APITimeoutError):
            return EngineFailure(Failure.TIMEOUT, reason="no answer")
        if library is not None and isinstance(error, library.APIConnectionError):
            return EngineFailure(Failure.UNREACHABLE, reason="no connection")
        if status is None and not isinstance(error, (json.JSONDecodeError, OSError)):
            log.info("the endpoint's stream ended with %s", type(error).__name__)
        return EngineFailure(Failure.BROKEN, reason=f"HTTP {status}" if status else "broken answer")


# `chunk` is a chat or a completion chunk; broken endpoints leave parts out, hence Any and the many questions.
def _tokens(chunk: Any) -> tuple[Token, ...]:
    choices = getattr(chunk, "choices", None)
    if not choices:
        return ()
    choice = choices[0]
    delta = getattr(choice, "delta", None)
    text = getattr(delta, "content", None) if delta is not None else getattr(choice, "text", None)
    if not isinstance(text, str) or not text:
        return ()
    scored = _scored(getattr(choice, "logprobs", None))
    return scored if scored and "".join(token.text for token in scored) == text else (Token(text, 0.0),)


def _scored(said: Any) -> tuple[Token, ...]:
    content = getattr(said, "content", None)
    if content:
        return tuple(Token(str(part.token), float(part.logprob)) for part in content)
    names, values = getattr(said, "tokens", None), getattr(said, "token_logprobs", None)
    if names and values and len(names) == len(values):
        return tuple(Token(str(name), float(value or 0.0)) for name, value in zip(names, values, strict=True))
    return ()


def retry_after(response: Any, now: float) -> float | None:
    """Seconds from a Retry-After header, which has seconds or an HTTP date. `now`: seconds since 1970."""
    said = str(response.headers.get("retry-after", "")).strip() if response is not None else ""
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(said).timestamp() - now
        except (ValueError, TypeError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)
