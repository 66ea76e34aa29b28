"""From the settings of completion to a policy and an engine."""

import enum
from typing import Protocol

from pair_ls.completion.engine import Engine
from pair_ls.completion.policy import Policy
from pair_ls.engines.openai import OpenAIEngine


class EndpointSettings(Protocol):
    """The part of the settings that we need (`settings.CompletionSettings` has it)."""

    @property
    def base_url(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...
    @property
    def api(self) -> enum.Enum: ...
    @property
    def minimum_confidence(self) -> float: ...
    @property
    def offline_confidence(self) -> float: ...
    @property
    def delay_seconds(self) -> float: ...
    @property
    def wait_seconds(self) -> float: ...
    @property
    def timeout_seconds(self) -> float: ...
    @property
    def prompt_tokens(self) -> int: ...
    @property
    def requests_per_minute(self) -> int: ...
    @property
    def requests_per_day(self) -> int: ...


def policy_of(settings: EndpointSettings) -> Policy:
    return Policy(
        model=settings.model or "",
        api=str(settings.api.value),
        has_endpoint=bool(settings.base_url or settings.key),
        pacing_seconds=settings.delay_seconds,
        ghost_wait_seconds=settings.wait_seconds,
        timeout_seconds=settings.timeout_seconds,
        least_confidence=settings.minimum_confidence,
        least_offline_confidence=settings.offline_confidence,
        prompt_tokens=settings.prompt_tokens,
        requests_per_minute=settings.requests_per_minute,
        requests_per_day=settings.requests_per_day,
    )


def engine_of(settings: EndpointSettings) -> Engine | None:
    """None while neither endpoint nor key is configured: then nothing leaves the machine."""
    if not settings.base_url and not settings.key:
        return None
    return OpenAIEngine(base_url=settings.base_url, key=settings.key, read_seconds=settings.timeout_seconds)
