"""How completion behaves, as plain values. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds and shares. `model` is empty while nobody knows which one the endpoint has."""

    model: str = ""
    api: str = "auto"  # auto, fim, suffix, chat: how the model is spoken to
    has_endpoint: bool = False
    pacing_seconds: float = 0.1
    ghost_wait_seconds: float = 0.6
    timeout_seconds: float = 8.0
    least_confidence: float = 0.3
    least_offline_confidence: float = 0.6
    sure_confidence: float = 0.9
    prompt_tokens: int = 2048
    requests_per_minute: int = 40
    requests_per_day: int = 5000
    items_ask_endpoint: bool = False  # the editor has no ghost text: the popup is the only door
