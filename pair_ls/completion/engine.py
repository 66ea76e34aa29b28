"""What the core expects of a service that completes. Its users own the interface; `engines` has the implementations."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from pair_ls.completion.breaker import Failure
from pair_ls.completion.confidence import Token
from pair_ls.completion.prompt import Prompt

_ANY_MODEL = "default"
_HAS_NO_LIST = ("HTTP 404", "HTTP 405", "HTTP 501", "broken answer")
_OTHER_KINDS = re.compile(
    r"(?i)embed|rerank|moderation|whisper|transcri|\btts\b|dall-?e|image|audio|realtime|\bsora\b|\bbge\b|minilm|\bclip\b"
)


@dataclass(frozen=True, slots=True)
class EngineFailure:
    """The last item of a stream that did not end well. `retry_after` in seconds, if the service said so."""

    failure: Failure
    retry_after: float | None = None
    reason: str = ""  # a few words for the status line, no text of the user


@dataclass(frozen=True, slots=True)
class Models:
    """What an endpoint has to offer, or why it does not say."""

    names: tuple[str, ...] = ()
    failure: EngineFailure | None = None


def model_of(models: Models) -> str:
    """The first that completes, where nobody has chosen one; "" if it must be asked again later.

    An endpoint that has no list, or whose list is empty, mostly serves one model whatever it is called.
    """
    if models.failure is not None and models.failure.reason not in _HAS_NO_LIST:
        return ""
    return next((name for name in models.names if not _OTHER_KINDS.search(name)), _ANY_MODEL)


class Engine(Protocol):
    """A service. Closing a stream closes its connection."""

    async def models(self) -> Models:
        """The names of the models it has."""
        ...

    def stream(self, prompt: Prompt, model: str) -> AsyncGenerator[tuple[Token, ...] | EngineFailure, None]:
        """Pieces of the answer as they arrive. Never raises for what the service does. Close it (`aclosing`)."""
        ...

    # JSON of the service's own making, hence Any.
    def body(self, prompt: Prompt, model: str) -> dict[str, Any]:
        """Exactly what `stream` sends, as JSON."""
        ...

    async def close(self) -> None:
        """Lets go of its connections."""
        ...
